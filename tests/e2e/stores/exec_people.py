#!/usr/bin/env python3
"""Knows the people of a JSON file: reads {"localpart": ...}, as the exec store writes it.

Usage: exec_people.py FOLDER
  FOLDER/people.json   the people by localpart
  FOLDER/stall         a named pipe; while it is there, it is told of the question, and nobody else
"""

import json
import os
import sys
import time

folder = sys.argv[1]
question = json.load(sys.stdin)
print("asked for", question["mxid"], file=sys.stderr)
stall = os.path.join(folder, "stall")
if os.path.exists(stall):
    with open(stall, "w", encoding="utf-8") as pipe:
        pipe.write("asked\n")
    time.sleep(600)
with open(os.path.join(folder, "people.json"), encoding="utf-8") as file:
    person = json.load(file).get(question["localpart"])
if person is None:
    sys.exit(1)
json.dump({"profile": person}, sys.stdout, ensure_ascii=True)
