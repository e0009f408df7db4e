/**
 * What a source file reaches for: the modules it imports, the names of the global scope it
 * uses, and where it puts work off. Read from the syntax tree, so that a property `.process`,
 * a local variable `crypto` or a word in a comment is none of these.
 */

import { type ParserOptions, parse } from '@babel/parser';
import {
  childrenOf,
  isNode,
  isReference,
  lineOf,
  membersUsed,
  nameOf,
  namesDeclaredBy,
  type SyntaxNode,
} from './syntax.ts';

export interface Import {
  readonly line: number;
  /** Absent where it is computed when the program runs. */
  readonly specifier?: string;
}

export interface Use {
  readonly line: number;
  readonly name: string;
}

export interface SourceFacts {
  /** Type-only imports, re-exports and `import()` included. */
  readonly imports: readonly Import[];
  /** Names that the file does not declare; of members `Math.random` and the like. */
  readonly globals: readonly Use[];
  /** `async` functions, `await`, `for await`. */
  readonly waits: readonly Use[];
}

const options: ParserOptions = {
  sourceType: 'module',
  plugins: ['typescript'],
  createImportExpressions: true,
};

/** Throws `SyntaxError` where the text is not TypeScript. */
export function readSource(text: string): SourceFacts {
  const reader = new Reader();
  reader.read(parse(text, options).program as unknown as SyntaxNode, []);
  return reader;
}

/** The names declared around a place, from the outside in. */
type Scopes = readonly ReadonlySet<string>[];

class Reader implements SourceFacts {
  readonly imports: Import[] = [];
  readonly globals: Use[] = [];
  readonly waits: Use[] = [];

  read(node: SyntaxNode, outer: Scopes): void {
    const declared = namesDeclaredBy(node);
    const scopes = declared.length > 0 ? [...outer, new Set(declared)] : outer;
    this.#readWait(node);
    if (this.#readImport(node)) return;
    this.#readMembers(node, scopes);
    for (const { key, child } of childrenOf(node)) {
      const name = nameOf(child);
      if (name !== undefined && isReference(node, key)) {
        this.#readGlobal(name, lineOf(child), scopes);
      }
      this.read(child, scopes);
    }
  }

  /** True if the names in the node are those of another module. */
  #readImport(node: SyntaxNode): boolean {
    const source = node.source ?? (node.type === 'TSImportType' ? node.argument : undefined);
    if (!isNode(source)) return false;
    const specifier = source.value;
    this.imports.push({
      line: lineOf(node),
      ...(typeof specifier === 'string' && { specifier }),
    });
    return node.type !== 'ImportExpression';
  }

  #readGlobal(name: string, line: number, scopes: Scopes): void {
    if (!isDeclared(name, scopes)) this.globals.push({ line, name });
  }

  /** `Math.random`, `Math['random']` and `const { random } = Math` all use `Math.random`. */
  #readMembers(node: SyntaxNode, scopes: Scopes): void {
    const { object, members } = membersUsed(node);
    if (object === undefined || isDeclared(object, scopes)) return;
    for (const member of members) {
      this.globals.push({ line: lineOf(node), name: `${object}.${member}` });
    }
  }

  #readWait(node: SyntaxNode): void {
    const line = lineOf(node);
    if (node.async === true) this.waits.push({ line, name: 'async' });
    if (node.type === 'AwaitExpression') this.waits.push({ line, name: 'await' });
    if (node.await === true) this.waits.push({ line, name: 'for await' });
  }
}

function isDeclared(name: string, scopes: Scopes): boolean {
  return scopes.some((names) => names.has(name));
}
