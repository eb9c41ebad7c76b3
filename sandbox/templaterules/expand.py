"""Prints the template as written and as SAM expands it, as one JSON document, without any network.

Run with the Python of .venv-sam: python expand.py template.yaml. With a second argument, "raw" or "expanded", it prints
that form alone.
"""

import copy
import json
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


class NoManagedPolicies:
    """The roles are written out, so no list of managed policies is ever fetched."""

    def load(self):
        return {}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        raw = yaml_parse(file.read())
    packaged = copy.deepcopy(raw)
    for resource in packaged["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/code.zip"  # the expansion takes packaged code only
    expanded = Translator(NoManagedPolicies(), Parser()).translate(packaged, {})
    both = {"raw": raw, "expanded": expanded}
    json.dump(both[sys.argv[2]] if len(sys.argv) > 2 else both, sys.stdout, indent=1)


main()
