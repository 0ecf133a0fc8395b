"""Validates documents against their schemas, and prints what is wrong.

Usage: validate.py compose FILE | kubernetes FILE | cyclonedx FILE
"""

import sys

kind, name = sys.argv[1:]
with open(name) as file:
    text = file.read()

if kind == "compose":
    import yaml
    from compose_spec import ComposeSpecification

    ComposeSpecification.model_validate(yaml.safe_load(text), extra="forbid")
elif kind == "kubernetes":
    import kubernetes_validate
    import yaml

    for document in yaml.safe_load_all(text):
        kubernetes_validate.validate(document, "1.30", strict=True)
elif kind == "cyclonedx":
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        sys.exit(str(problem))
