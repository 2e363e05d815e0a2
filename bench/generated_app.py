"""An app of a given number of modules, for measuring builds: what it says has no sense, its shape is that of a real one.

Two thirds are the app's own modules: pages with server components, every third one a client component. One third is a
package of CommonJS files that stays out of Next's bundle (`serverExternalPackages`), as database drivers and SDKs do: these
the linker meets one by one.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

MODULES_A_PAGE = 20
CHAIN = 25  # files of the package that require one another
METHODS, ROWS = 20, 15

PART = """'use strict';
{before}
class Part{number} {{
  constructor() {{ this.cache = new Map(); }}
{methods}
}}
const own = new Part{number}();
exports.call = (value) => before.call(own.method1(value));
"""
METHOD = "  method{line}(value) {{ const key = `${{value}}:{number}:{line}`; return this.cache.get(key) ?? key; }}"
INDEX = """'use strict';
const parts = [{parts}];
exports.call = (n, value) => parts[n % parts.length].call(value);
"""
COMPONENT = """{head}export function {name}({{ given }}) {{
  {text}
  return <ul>{{[
{rows}
  ]}}</ul>
}}
"""
ROW = "    <li key={{{row}}} className='row{row}'>{{text.repeat({times})}} {page}-{number}-{row}</li>,"
# Rendered at the request: pages made at build would measure rendering.
PAGE = """import sdk from 'sdk'
{imports}
export const dynamic = 'force-dynamic'
export default () => (
  <main>
{uses}
  </main>
)
"""


def generate(folder: Path, modules: int, packages: Path) -> None:
    """Write it to `folder`; `packages` is a node_modules with next and react."""
    shutil.rmtree(folder, ignore_errors=True)
    external = modules // 3
    pages = (modules - external) // MODULES_A_PAGE
    versions = {name: _version(packages / name) for name in ("next", "react", "react-dom")}
    manifest = {"name": "generated", "private": True, "scripts": {"build": "next build"}}
    _write(folder / "package.json", json.dumps({**manifest, "dependencies": {**versions, "sdk": "1.0.0"}}))
    _write(folder / "package-lock.json", json.dumps({"name": "generated", "lockfileVersion": 3, "packages": {}}))
    _write(folder / "next.config.mjs", "export default { serverExternalPackages: ['sdk'] }\n")
    # Hard links: a symbolic one would lead out of the app.
    subprocess.run(["cp", "--archive", "--link", str(packages), str(folder / "node_modules")], check=True)
    _package(folder / "node_modules/sdk", external)
    _write(folder / "app/layout.js", "export default ({ children }) => <html><body>{children}</body></html>\n")
    _write(folder / "app/page.js", "export default () => <p>home</p>\n")
    for page in range(pages):
        _page(folder / f"app/section{page % 10}/page{page}", page)


def _package(folder: Path, modules: int) -> None:
    """Its index requires the last file of each chain."""
    _write(folder / "package.json", json.dumps({"name": "sdk", "version": "1.0.0", "main": "index.js"}))
    for number in range(modules):
        before = (
            "const before = { call: (value) => value };"
            if number % CHAIN == 0
            else f"const before = require('./part{number - 1}');"
        )
        methods = "\n".join(METHOD.format(line=line, number=number) for line in range(METHODS))
        _write(folder / f"parts/part{number}.js", PART.format(before=before, number=number, methods=methods))
    ends = [min(start + CHAIN, modules) - 1 for start in range(0, modules, CHAIN)]
    _write(folder / "index.js", INDEX.format(parts=", ".join(f"require('./parts/part{end}')" for end in ends)))


def _page(folder: Path, page: int) -> None:
    names = [f"Part{number}" for number in range(MODULES_A_PAGE - 1)]
    for number, name in enumerate(names):
        client = number % 3 == 0
        rows = "\n".join(ROW.format(row=row, times=row % 3 + 1, page=page, number=number) for row in range(ROWS))
        head = "'use client'\nimport { useState } from 'react'\n" if client else ""
        text = "const [text] = useState(given)" if client else "const text = given"
        _write(folder / f"{name}.js", COMPONENT.format(head=head, name=name, text=text, rows=rows))
    imports = "\n".join(f"import {{ {name} }} from './{name}.js'" for name in names)
    uses = "\n".join(f"    <{name} given={{sdk.call({page}, '{name}')}} />" for name in names)
    _write(folder / "page.js", PAGE.format(imports=imports, uses=uses))


def _version(package: Path) -> str:
    return str(json.loads((package / "package.json").read_text())["version"])


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
