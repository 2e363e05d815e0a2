import { fullAncestor } from 'acorn-walk';

/** Parameters of a module's wrapper that an ES module may well declare itself. */
const PARAMETERS = new Set(['module', 'exports', 'require', '__filename', '__dirname']);

/**
 * ES modules often begin with `const require = createRequire(import.meta.url)` or `const __dirname = …` (sharp 0.35).
 * Inside a CommonJS wrapper that is a second declaration of a parameter, a SyntaxError. Such names get a prefix.
 * Imported bindings need none: esbuild turns them into properties.
 *
 * @param {import('acorn').Node} ast of an ES module
 * @param {import('magic-string').default} out
 */
export function renameWrapperNames(ast, out) {
  const program = /** @type {any} */ (ast);
  /** @type {Set<string>} */
  const names = new Set();
  for (const statement of program.body) {
    const declared = declaredNames(statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement);
    const taken = declared.filter((name) => PARAMETERS.has(name));
    for (const name of taken) names.add(name);
    if (taken.length === 0 || statement.type !== 'ExportNamedDeclaration') continue;
    out.overwrite(statement.start, statement.declaration.start, '');
    out.append(`\nexport{${declared.map((name) => (names.has(name) ? `${own(name)} as ${name}` : name)).join(',')}};`);
  }
  if (names.size === 0) return;
  for (const statement of program.body) {
    if (statement.type !== 'ExportNamedDeclaration' || statement.source) continue;
    for (const { local, exported } of statement.specifiers) {
      if (!names.has(local.name)) continue;
      if (local.start === exported.start) out.appendLeft(exported.end, ` as ${local.name}`);
      out.overwrite(local.start, local.end, own(local.name));
    }
  }
  fullAncestor(ast, (/** @type {any} */ node, /** @type {any} */ _state, /** @type {any[]} */ ancestors) => {
    if (node.type !== 'Identifier' || !names.has(node.name)) return;
    const parent = ancestors.at(-2);
    if (/^Export/.test(parent.type)) return;
    if (isKey(parent, node)) {
      if (parent.type === 'Property' && parent.shorthand) out.appendLeft(node.end, `:${own(node.name)}`);
      return;
    }
    out.overwrite(node.start, node.end, own(node.name));
  });
}

/** @param {string} name */
const own = (name) => `__own_${name}`;

/** @param {any} statement @returns {string[]} */
function declaredNames(statement) {
  if (statement?.type === 'VariableDeclaration') return statement.declarations.map((/** @type {any} */ d) => d.id).filter((/** @type {any} */ id) => id.type === 'Identifier').map((/** @type {any} */ id) => id.name);
  return statement && /^(Function|Class)Declaration$/.test(statement.type) ? [statement.id.name] : [];
}

/** @param {any} parent @param {any} node */
const isKey = (parent, node) =>
  (parent.type === 'MemberExpression' && parent.property === node && !parent.computed) ||
  (/^(Property|MethodDefinition|PropertyDefinition)$/.test(parent.type) && !parent.computed && parent.key.start === node.start && (parent.shorthand || parent.key === node));
