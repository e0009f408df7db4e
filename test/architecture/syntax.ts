/**
 * The little that the checks must know of Babel's syntax tree: which nodes there are below a
 * node, which names it declares, and which identifiers stand for a name in scope. Nodes are
 * read as plain records, since what matters here is common to many types of them.
 */

export interface SyntaxNode {
  readonly type: string;
  readonly [key: string]: unknown;
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'loc' in value;
}

export function lineOf(node: SyntaxNode): number {
  return (node.loc as { start: { line: number } }).start.line;
}

/** Of an identifier. */
export function nameOf(node: SyntaxNode): string | undefined {
  return node.type === 'Identifier' ? (node.name as string) : undefined;
}

function nodesIn(value: unknown): SyntaxNode[] {
  if (Array.isArray(value)) return value.filter(isNode);
  return isNode(value) ? [value] : [];
}

/** The nodes directly below, each with the key under which it stands; comments are none. */
export function childrenOf(node: SyntaxNode): { key: string; child: SyntaxNode }[] {
  return Object.entries(node)
    .filter(([key]) => !key.endsWith('Comments'))
    .flatMap(([key, value]) => nodesIn(value).map((child) => ({ key, child })));
}

/** Keys under which an identifier is the name of a part, not of something in scope. */
const partNames: Readonly<Record<string, readonly string[]>> = {
  label: ['BreakStatement', 'ContinueStatement', 'LabeledStatement', 'TSNamedTupleMember'],
  right: ['TSQualifiedName'],
  id: ['PrivateName', 'TSEnumMember'],
  exported: ['ExportSpecifier'],
  meta: ['MetaProperty'],
};

/** Whether an identifier under this key of the node means a name in scope. */
export function isReference(node: SyntaxNode, key: string): boolean {
  const isNamed = key === 'property' || key === 'key';
  if (isNamed) return node.computed === true && node.type !== 'MetaProperty';
  return !partNames[key]?.includes(node.type);
}

/** The names that are in scope below the node because of it. */
export function namesDeclaredBy(node: SyntaxNode): string[] {
  const parameters = [node.params, node.parameters, node.param].flatMap(nodesIn);
  const loopVariables = [node.init, node.left].flatMap(nodesIn).flatMap(namesOfStatement);
  const statements = [node.body, node.consequent]
    .filter(Array.isArray)
    .flatMap(nodesIn)
    .flatMap(namesOfStatement);
  return [...parameters.flatMap(namesOfPattern), ...loopVariables, ...statements, ...ownName(node)];
}

/** Functions and classes know their own name. */
function ownName(node: SyntaxNode): string[] {
  const isNamedExpression = node.type === 'FunctionExpression' || node.type === 'ClassExpression';
  return isNamedExpression ? nodesIn(node.id).flatMap(namesOfPattern) : [];
}

/** What a statement adds to the scope it stands in: variables, functions, classes, types, imports. */
function namesOfStatement(statement: SyntaxNode): string[] {
  // What is only declared to exist is a name of the global scope after all.
  if (statement.declare === true) return [];
  if (statement.type.startsWith('Export')) {
    return nodesIn(statement.declaration).flatMap(namesOfStatement);
  }
  if (statement.type === 'ImportDeclaration') {
    return nodesIn(statement.specifiers).flatMap(({ local }) =>
      nodesIn(local).flatMap(namesOfPattern),
    );
  }
  if (statement.type === 'VariableDeclaration') {
    return nodesIn(statement.declarations).flatMap(({ id }) => nodesIn(id).flatMap(namesOfPattern));
  }
  return statement.type.endsWith('Declaration')
    ? nodesIn(statement.id).flatMap(namesOfPattern)
    : [];
}

/** The names that a parameter or the left side of a declaration binds. */
function namesOfPattern(pattern: SyntaxNode): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name as string];
    case 'ObjectPattern':
      return nodesIn(pattern.properties).flatMap((property) =>
        nodesIn(property.value ?? property.argument).flatMap(namesOfPattern),
      );
    case 'ArrayPattern':
      return nodesIn(pattern.elements).flatMap(namesOfPattern);
    case 'AssignmentPattern':
      return nodesIn(pattern.left).flatMap(namesOfPattern);
    case 'RestElement':
      return nodesIn(pattern.argument).flatMap(namesOfPattern);
    default:
      return [];
  }
}

/** Members that the node takes from an object by name, as an access or by destructuring. */
export function membersUsed(node: SyntaxNode): { object?: string; members: string[] } {
  const [object] = [node.object, node.init].filter(isNode);
  const name = object && nameOf(object);
  if (name === undefined) return { members: [] };
  const pattern = nodesIn(node.id).filter(({ type }) => type === 'ObjectPattern');
  const keys = [
    ...nodesIn(node.property),
    ...pattern.flatMap(({ properties }) => nodesIn(properties).flatMap(({ key }) => nodesIn(key))),
  ];
  const members = keys.map((key) => nameOf(key) ?? String(key.value));
  return { object: name, members };
}
