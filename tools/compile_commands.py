"""compile_commands.json for editors, on stdout.

usage: compile_commands.py "COMPILER FLAGS" SOURCE... [-- "COMPILER FLAGS" SOURCE...]
"""
import json
import os
import sys


def entries(groups):
    for command, *sources in groups:
        for source in sources:
            yield {
                "directory": os.getcwd(),
                "command": f"{command} -c {source}",
                "file": source,
            }


def split(words):
    groups = [[]]
    for word in words:
        if word == "--":
            groups.append([])
        else:
            groups[-1].append(word)
    return groups


if __name__ == "__main__":
    json.dump(list(entries(split(sys.argv[1:]))), sys.stdout, indent=1)
    print()
