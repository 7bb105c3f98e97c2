"""Makes workbook.xlsx, as a person's spreadsheet has it: python3 make-workbook.py (openpyxl 3.1)."""

import datetime
import pathlib

import openpyxl

book = openpyxl.Workbook()
sheet = book.active
sheet.title = "Capaian"
sheet.append(["region", "pillar", "running", "planned", "not_due", "source"])
sheet.append(["33.05", "LIVING", 6, 7, 0, "Surat Bupati"])
# A code typed as a number, and one whose zero is gone.
sheet.append([33.06, "LIVING", 10, 12, None, "Surat Bupati"])
sheet.append([33.1, "LIVING", 1.5, "=6+1", datetime.date(2022, 1, 2), "  Surat \U0001f4e8 "])
sheet.append([])
sheet.append(["33.07", True, 0.85, "#N/A", None, None])
sheet["C6"].number_format = "0%"
sheet["D6"].data_type = "e"
# Formatted, but empty, far away.
sheet["XFD1048576"].number_format = "0%"
hidden = book.create_sheet("Catatan")
hidden.sheet_state = "hidden"
hidden.append(["hidden"])
book.save(pathlib.Path(__file__).parent / "workbook.xlsx")
