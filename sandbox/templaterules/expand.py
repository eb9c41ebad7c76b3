"""Prints the template as written, as SAM expands it, and as it is for each environment of samconfig.toml, as one JSON
document, without any network.

Run with the Python of .venv-sam: python expand.py template.yaml samconfig.toml. With a third argument, "raw" or
"expanded", it prints that form alone.
"""

import copy
import json
import logging
import sys
import tomllib

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


class NoManagedPolicies:
    """The roles are written out, so no list of managed policies is ever fetched."""

    def load(self):
        return {}


def expand(raw, parameters):
    packaged = copy.deepcopy(raw)
    for resource in packaged["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/code.zip"  # the expansion takes packaged code only
    return Translator(NoManagedPolicies(), Parser()).translate(packaged, parameters)


def main():
    logging.disable(logging.WARNING)  # the translator warns of its own toggles, once for each function
    with open(sys.argv[1], encoding="utf-8") as file:
        raw = yaml_parse(file.read())
    with open(sys.argv[2], "rb") as file:
        config = tomllib.load(file)
    environments = {}
    for name, environment in config.items():
        if isinstance(environment, dict):
            overrides = dict(one.split("=", 1) for one in environment["deploy"]["parameters"]["parameter_overrides"])
            environments[name] = expand(raw, overrides)
    forms = {"raw": raw, "expanded": expand(raw, {}), "environments": environments}
    json.dump(forms[sys.argv[3]] if len(sys.argv) > 3 else forms, sys.stdout, indent=1)


main()
