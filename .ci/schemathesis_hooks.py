"""What Schemathesis can't draw by itself, or OpenAPI can't say, of requests that are to be good."""

import itertools

import schemathesis

# Each number is a key of one request.
KEYS = itertools.count()
# Parameters of a query that exclude each other: the first one stays.
EXCLUSIVE = [("pillar", "component", "program"), ("cohort", "province")]


def mended(body_types, about):
    """What mends a request just before it is sent, but for the part that the case is about."""

    def mend(request):
        # The coverage phase draws headers of letters and digits only, and an etag has quotes.
        if request.headers.get("If-Match") == "" and about != "If-Match":
            request.headers["If-Match"] = "*"
        # It draws the same key for all, and only the first request with it would be carried out.
        if request.headers.get("Idempotency-Key") == "0" and about != "Idempotency-Key":
            request.headers["Idempotency-Key"] = f"coverage-{next(KEYS)}"
        # It leaves a body out that is a file.
        is_file = body_types and "application/json" not in body_types
        if is_file and not request.body and about not in (None, *body_types):
            request.headers["Content-Type"] = "text/csv"
            request.prepare_body(b"text", None)
        return request

    return mend


@schemathesis.hook
def before_call(context, case, kwargs):
    about = getattr(case.meta.phase.data, "parameter", None)
    body_types = [body.media_type for body in case.operation.body]
    # `requests` calls it last; changing the case itself would make it another case.
    kwargs["auth"] = mended(body_types, about)
    for names in EXCLUSIVE:
        given = [name for name in names if name in case.query]
        if about not in names:
            for name in given[1:]:
                del case.query[name]
