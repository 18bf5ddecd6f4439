#!/usr/bin/env python3
# Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
"""Compares what truth.c printed here with what it printed on a real Haiku, scene by scene.

usage: compare.py [--reference FILE] [--rules FILE] [--excuses FILE] [--quiet] [--haiku] OUTPUT

Exit status: 0 if all that is not excused agrees, 1 if something differs, 2 if the excuses themselves are wrong.
"""
import argparse
import configparser
import difflib
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
MOST_EXCUSES = 100
EXCUSABLE = {"syscalls", "profiler", "speed", "info after load_image", "null write with SIG_IGN"}
CHILD = " [child]"  # scenes of this name run within the one without

EVENT = re.compile(r"(?:\[child\] )?([A-Z][A-Z_]+) (?:thread=|of (child|parent)\b)")
SEPARATOR = "-- then --"


def read_scenes(path):
    """The scenes in their order, each a list of lines. A line of a [child] scene keeps the mark."""
    scenes, stray = {}, []
    for line in pathlib.Path(path).read_text(errors="replace").splitlines():
        if line.startswith("#") or not line:
            continue
        name, found, text = line.partition(": ")
        if not found:
            stray.append(line)
            continue
        if name.endswith(CHILD):
            name, text = name[: -len(CHILD)], "[child] " + text
        scenes.setdefault(name, []).append(text)
    return scenes, stray


# --- rules that are more than a regular expression --------------------------------------------------------------------


def host_c_library(_name, lines, _side):
    """Takes the C library of the host out of the images."""
    result, gone, skip = [], 0, False
    unnamed = [i for i, line in enumerate(lines) if line.startswith("IMAGE_CREATED of child")]
    extra = unnamed[-2] if len(unnamed) == 5 else None  # the last is the program's
    for i, line in enumerate(lines):
        if skip and "> CONTINUE_THREAD" in line:
            skip = False
            continue
        skip = False
        if re.search(r"name=libc\.so\.6 image_event=", line) or i == extra:
            gone += 1
            skip = True
            continue
        if line.startswith("image ") and "name=libc.so.6 " in line:
            continue
        line = line.replace("in libc.so.6,", "in libroot.so,")
        line = re.sub(r"(image_event=)(\d+)", lambda m: m[1] + str(int(m[2]) - gone), line)
        result.append(line)
    return result


def here_only(function):
    return lambda name, lines, side: function(name, lines, side) if side["here"] else lines


def host_c_library_counts(name, lines, side):
    def fewer(match):
        return match[1] + str(max(int(match[2]) - 1, 0))

    lines = host_c_library(name, lines, side)
    return [re.sub(r"(child images: |image_count=)(\d+)", fewer, line) for line in lines]


def code_offsets(_name, lines, side):
    """app+0x... becomes f0, f0+1 (the next place seen in f0), ..., app#1 (the first other place seen), ..."""
    starts = side["functions"]
    length = starts[1] - starts[0] if len(starts) > 1 else 0
    places, others = {}, {}

    def name_of(match):
        offset = int(match[1], 16)
        if offset >= 0x100000:
            return "elsewhere"
        for index, start in enumerate(starts):
            if start <= offset < start + length:
                seen = places.setdefault(index, [start])
                if offset not in seen:
                    seen.append(offset)
                place = seen.index(offset)
                return f"f{index}" + (f"+{place}" if place else "")
        return f"app#{others.setdefault(offset, len(others) + 1)}"

    return [re.sub(r"app\+0x([0-9a-f]+)", name_of, line) for line in lines]


def dying_threads(_name, lines, _side):
    """Drops a run of THREAD_DELETED with status 0 just before the TEAM_DELETED."""
    end = next((i for i, line in enumerate(lines) if line.startswith("TEAM_DELETED")), len(lines))
    start = end
    while start > 0 and re.match(r"THREAD_DELETED .* status=0$", lines[start - 1]):
        start -= 1
    return lines[:start] + lines[end:]


def actor_of(event, line):
    """Whose event it is. The end of the scene's own team comes last."""
    if event[2]:
        return event[2]
    if line.startswith("[child]"):
        return "child"
    if event[1] == "TEAM_DELETED":
        return "~end"
    return re.search(r"thread=(\S+)", line)[1]


def interleaving(_name, lines, side):
    """Sorts the lines between two steps of the debugger by whose they are; each one's own order stays."""
    result, groups, actor = [], {}, None

    def flush():
        for key in sorted(groups):
            result.extend(groups[key])
        groups.clear()

    for line in lines:
        event = EVENT.match(line)
        if event:
            actor = actor_of(event, line)
        elif not re.match(r"(\[child\] )?(  |\()", line):
            flush()
            result.append(line)
            actor = None
            continue
        groups.setdefault(actor or "", []).append(line)
    flush()
    side["order"].extend(misordered(lines))
    return result


def misordered(lines):
    """What no scheduling explains: a thread's event before the one that tells of its creation, or after its team's end; a
    system call's end without its begin."""
    seen, ended, wrong, syscall = set(), set(), [], "any"
    for line in lines:
        event = EVENT.match(line)
        if not event:
            continue
        team = event[2] or ("child" if line.startswith("[child]") else "own")
        thread = re.search(r"\bthread=(T\d+)", line)
        if team in ended:
            wrong.append(f"after the end of its team: {line}")
        if event[1] == "TEAM_DELETED":
            ended.add(team)
        new = re.search(r"new_thread=(T\d+)", line)
        if new:
            if new[1] in seen:
                wrong.append(f"after the first event of {new[1]}: {line}")
        if thread:
            seen.add(thread[1])
        number = re.search(r" syscall=(\d+)", line)
        if event[1] == "PRE_SYSCALL":
            if syscall not in (None, "any"):
                wrong.append(f"in a system call already: {line}")
            syscall = number[1]
        elif event[1] == "POST_SYSCALL":
            if syscall not in (number[1], "any"):
                wrong.append(f"not begun: {line}")
            syscall = None
    return wrong


CODE = {
    "host_c_library": here_only(host_c_library_counts),
    "code_offsets": code_offsets,
    "dying_threads": dying_threads,
    "interleaving": interleaving,
}


def read_rules(path):
    parser = configparser.RawConfigParser(interpolation=None)
    parser.read_string(pathlib.Path(path).read_text())
    return [dict(parser[name], name=name) for name in parser.sections()]


def normalise(name, lines, rules, side):
    for rule in rules:
        if rule.get("scene", name) != name:
            continue
        if "code" in rule:
            lines = CODE[rule["code"]](name, lines, side)
        else:
            lines = [re.sub(rule["find"], rule["put"], line) for line in lines]
    return lines


# --- excuses ----------------------------------------------------------------------------------------------------------


def read_excuses(path):
    excuses, current = [], {}
    for number, line in enumerate(pathlib.Path(path).read_text().splitlines() + [""], 1):
        if line.startswith("#"):
            continue
        if not line.strip():
            if current:
                excuses.append(current)
            current = {}
            continue
        key, _, value = line.partition(" = ")
        current.setdefault("line", number)
        current[key.strip()] = value
    return excuses


def apply_excuses(name, reference, here, excuses, complaints):
    """Takes the excused lines out of both. @return both, and how many lines of the reference that were."""
    mine = [excuse for excuse in excuses if excuse.get("scene") == name]
    complaints += [f"line {excuse['line']}: gives no reason" for excuse in mine if not excuse.get("why")]
    if mine and reference == here:
        complaints += [f"line {excuse['line']}: needless, scene '{name}' agrees" for excuse in mine]
        return reference, here, 0
    count = 0
    for excuse in mine:
        left = [line for line in reference if not re.fullmatch(excuse["haiku"], line)]
        if len(left) == len(reference):
            complaints.append(f"line {excuse['line']}: matches nothing in scene '{name}' of the reference")
        count += len(reference) - len(left)
        reference = left
        if excuse.get("here"):
            left = [line for line in here if not re.fullmatch(excuse["here"], line)]
            if len(left) == len(here):
                complaints.append(f"line {excuse['line']}: matches nothing in scene '{name}' here")
            here = left
    return reference, here, count


# --- the comparison ---------------------------------------------------------------------------------------------------


def functions(scenes):
    """Where f0 to f5 are, from the line that says so."""
    for line in scenes.get("breakpoints", []):
        if line.startswith("offsets: "):
            return [int(offset, 16) for offset in re.findall(r"f\d=app\+0x([0-9a-f]+)", line)]
    return []


def differences(reference, here):
    """Lines of a diff, each with its sign."""
    return [line for line in difflib.ndiff(reference, here) if not line.startswith("?")]


def compare(arguments):
    rules, excuses = read_rules(arguments.rules), read_excuses(arguments.excuses)
    expected, _ = read_scenes(arguments.reference)
    found, stray = read_scenes(arguments.output)
    sides = ({"functions": functions(expected), "here": False, "order": []},
             {"functions": functions(found), "here": not arguments.haiku, "order": []})
    complaints = [f"line {e['line']}: scene '{e.get('scene')}' may not be excused" for e in excuses
                  if e.get("scene") not in EXCUSABLE]
    excused = different = total = 0
    for name, lines in expected.items():
        total += len(lines)
        reference = normalise(name, lines, rules, sides[0])
        sides[1]["order"] = []
        here = normalise(name, found.get(name, []), rules, sides[1])
        reference, here, count = apply_excuses(name, reference, here, excuses, complaints)
        excused += count
        diff = differences(reference, here)
        changed = [line for line in diff if line[0] in "+-"]
        bad = len([line for line in changed if line[0] == "-"])
        bad = max(bad, len(changed) - bad) + len(sides[1]["order"])
        different += bad
        if bad and not arguments.quiet:
            print(f"{name}:  (- Haiku, + here)")
            for line in diff:
                print("   " + line)
            for line in sides[1]["order"]:
                print("   ! " + line)
    unknown = [name for name in found if name not in expected]
    order = [name for name in found if name in expected]
    for name in unknown:
        print(f"{name}: not a scene of the reference ({len(found[name])} lines)")
    for line in stray:
        print(f"not a line of a scene: {line}")
    if order != [name for name in expected if name in found]:
        print("the scenes come in another order")
        different += 1
    different += len(unknown) + len(stray)
    if excused > MOST_EXCUSES:
        complaints.append(f"{excused} lines are excused; {MOST_EXCUSES} may be")
    for complaint in complaints:
        print(f"excuses: {complaint}")
    print(f"truth: {len(expected)} scenes, {total} lines, {excused} excused, {different} differences")
    return 1 if different else 2 if complaints else 0


def main():
    parser = argparse.ArgumentParser(description="compares a run of truth.c with the reference")
    parser.add_argument("output")
    parser.add_argument("--reference", default=HERE / "truth-x86_64.txt")
    parser.add_argument("--rules", default=HERE / "rules")
    parser.add_argument("--excuses", default=HERE / "excuses")
    parser.add_argument("--haiku", action="store_true", help="OUTPUT is of a Haiku too: no host shows in it")
    parser.add_argument("--quiet", action="store_true", help="only the summary")
    return compare(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
