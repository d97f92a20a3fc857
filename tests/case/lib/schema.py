# SPDX-License-Identifier: Apache-2.0
"""A small validator for the part of JSON Schema that docs/event.schema.json uses; what it does not know, it refuses."""

import re

KNOWN = {'$schema', '$id', '$defs', '$ref', '$comment', 'title', 'description', 'type', 'properties', 'required',
         'additionalProperties', 'patternProperties', 'items', 'enum', 'const', 'pattern', 'minimum', 'maximum',
         'oneOf', 'anyOf', 'allOf', 'minItems', 'maxItems', 'minLength', 'maxLength', 'uniqueItems',
         'minProperties', 'propertyNames', 'format', 'examples', 'default', 'prefixItems', 'if', 'then',
         'else', 'not', 'exclusiveMinimum'}
TYPES = {
    'object': lambda v: isinstance(v, dict),
    'array': lambda v: isinstance(v, list),
    'string': lambda v: isinstance(v, str),
    'integer': lambda v: isinstance(v, int) and not isinstance(v, bool),
    'number': lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    'boolean': lambda v: isinstance(v, bool),
    'null': lambda v: v is None,
}


def errors(value, schema, root, at='$'):
    """What is wrong with value, as texts."""
    if schema is True or schema == {}:
        return []
    if schema is False:
        return [f'{at}: not allowed']
    unknown = set(schema) - KNOWN
    if unknown:
        return [f'{at}: the schema uses {unknown}, which this validator does not know']
    wrong = []
    if '$ref' in schema:
        wrong += errors(value, resolve(schema['$ref'], root), root, at)
    wrong += of_type(value, schema, at)
    if isinstance(value, dict):
        wrong += of_object(value, schema, root, at)
    if isinstance(value, list):
        wrong += of_array(value, schema, root, at)
    if isinstance(value, str):
        if 'pattern' in schema and not re.search(schema['pattern'], value):
            wrong.append(f'{at}: {value!r} does not match {schema["pattern"]}')
        if len(value) < schema.get('minLength', 0) or len(value) > schema.get('maxLength', len(value)):
            wrong.append(f'{at}: length {len(value)}')
    if TYPES['number'](value):
        if value < schema.get('minimum', value) or value > schema.get('maximum', value) \
                or ('exclusiveMinimum' in schema and value <= schema['exclusiveMinimum']):
            wrong.append(f'{at}: {value} is out of range')
    return wrong + combined(value, schema, root, at)


def resolve(ref, root):
    schema = root
    for part in ref.lstrip('#/').split('/'):
        schema = schema[part]
    return schema


def of_type(value, schema, at):
    wrong = []
    if 'type' in schema:
        types = schema['type'] if isinstance(schema['type'], list) else [schema['type']]
        if not any(TYPES[t](value) for t in types):
            wrong.append(f'{at}: {value!r} is not of type {schema["type"]}')
    if 'enum' in schema and value not in schema['enum']:
        wrong.append(f'{at}: {value!r} is none of {schema["enum"]}')
    if 'const' in schema and value != schema['const']:
        wrong.append(f'{at}: {value!r} is not {schema["const"]!r}')
    return wrong


def of_object(value, schema, root, at):
    wrong = [f'{at}: {name} is missing' for name in schema.get('required', []) if name not in value]
    for name, member in value.items():
        known = False
        if name in schema.get('properties', {}):
            wrong += errors(member, schema['properties'][name], root, f'{at}.{name}')
            known = True
        for pattern, sub in schema.get('patternProperties', {}).items():
            if re.search(pattern, name):
                wrong += errors(member, sub, root, f'{at}.{name}')
                known = True
        if not known:
            wrong += errors(member, schema.get('additionalProperties', True), root, f'{at}.{name}')
        if 'propertyNames' in schema:
            wrong += errors(name, schema['propertyNames'], root, f'{at} name {name}')
    if len(value) < schema.get('minProperties', 0):
        wrong.append(f'{at}: too few members')
    return wrong


def of_array(value, schema, root, at):
    wrong = []
    if len(value) < schema.get('minItems', 0) or len(value) > schema.get('maxItems', len(value)):
        wrong.append(f'{at}: {len(value)} items')
    first = schema.get('prefixItems', [])
    for i, item in enumerate(value):
        sub = first[i] if i < len(first) else schema.get('items', True)
        wrong += errors(item, sub, root, f'{at}[{i}]')
    if schema.get('uniqueItems') and any(v in value[:i] for i, v in enumerate(value)):
        wrong.append(f'{at}: an item stands twice')
    return wrong


def combined(value, schema, root, at):
    wrong = []
    for sub in schema.get('allOf', []):
        wrong += errors(value, sub, root, at)
    for word in ('anyOf', 'oneOf'):
        if word in schema:
            fits = sum(not errors(value, sub, root, at) for sub in schema[word])
            if fits == 0 or (word == 'oneOf' and fits != 1):
                wrong.append(f'{at}: {value!r} fits {fits} of {word}')
    if 'not' in schema and not errors(value, schema['not'], root, at):
        wrong.append(f'{at}: {value!r} is what it must not be')
    if 'if' in schema:
        word = 'else' if errors(value, schema['if'], root, at) else 'then'
        wrong += errors(value, schema.get(word, True), root, at)
    return wrong
