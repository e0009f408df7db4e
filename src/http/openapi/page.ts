/** The description for people: one page of HTML that loads nothing and runs nothing. */

import { createHash } from 'node:crypto';
import { curlText } from './curl-text.ts';
import type {
  HeaderObject,
  MediaTypeObject,
  OpenApiDocument,
  OperationObject,
  ParameterObject,
  ResponseObject,
} from './document.ts';
import { escaped, inline, paragraphs, pre } from './html.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { Schema } from './schema.ts';
import { componentId, fieldsHtml, typeHtml } from './schema-html.ts';

export interface Page {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

interface Described {
  readonly path: string;
  readonly method: string;
  readonly hasHead: boolean;
  readonly operation: OperationObject;
}

const FIRST_ERROR = 400;

export function pageOf(document: OpenApiDocument): Page {
  const { info, tags } = document;
  const groups = tags.map((tag) => ({ ...tag, operations: operationsOf(document, tag.name) }));
  const hash = createHash('sha256').update(PAGE_STYLE).digest('base64');
  const navigation = `${groups.map(navigationHtml).join('\n')}\n<h2><a href="#schemas">Schemas</a></h2>`;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(info.title)} API</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<nav class="beside" aria-label="Operations">
<a class="home" href="#top">${escaped(info.title)} <span>API ${escaped(info.version)}</span></a>
${navigation}
</nav>
<main id="top">
<header>
<h1>${escaped(info.title)} API</h1>
<p class="lead">${inline(info.summary)}</p>
${paragraphs(info.description)}
<p>For programs: <a href="/openapi.json">openapi.json</a> (OpenAPI ${escaped(document.openapi)}).</p>
</header>
<details class="above"><summary>All operations</summary><nav aria-label="Operations">
${navigation}
</nav></details>
${groups.map(groupHtml).join('\n')}
<section id="schemas">
<h2>Schemas</h2>
${Object.entries(document.components.schemas)
  .map(([name, schema]) => {
    const told = typeof schema.description === 'string' ? paragraphs(schema.description) : '';
    const fields = fieldsHtml(schema) || `<p class="type">${typeHtml(schema)}</p>`;
    return `<article class="schema" id="${componentId(name)}"><h3>${anchored(componentId(name), escaped(name))}</h3>${told}${fields}</article>`;
  })
  .join('\n')}
</section>
</main>
</body>
</html>
`;
  const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return { html, contentSecurityPolicy };
}

/** With HEAD beside the GET that it is of. */
function operationsOf({ paths }: OpenApiDocument, tag: string): readonly Described[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method, { tags }]) => method !== 'head' && tags.includes(tag))
      .map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        hasHead: method === 'get' && methods.head !== undefined,
        operation,
      })),
  );
}

interface Group {
  readonly name: string;
  readonly description: string;
  readonly operations: readonly Described[];
}

function navigationHtml({ name, operations }: Group): string {
  const items = operations.map(
    ({ method, operation }) =>
      `<li><a href="#${operation.operationId}">${methodHtml(method)} ${escaped(operation.summary)}</a></li>`,
  );
  return `<h2><a href="#tag-${name}">${escaped(name)}</a></h2>\n<ul>${items.join('\n')}</ul>`;
}

function groupHtml({ name, description, operations }: Group): string {
  return `<section id="tag-${name}">
<h2>${anchored(`tag-${name}`, escaped(name))}</h2>
${paragraphs(description)}
${operations.map(operationHtml).join('\n')}
</section>`;
}

function operationHtml({ method, path, hasHead, operation }: Described): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const answers = Object.entries(responses);
  const errors = answers.filter(([status]) => Number(status) >= FIRST_ERROR);
  const right = answers.filter((answer) => !errors.includes(answer));
  const methods = methodHtml(method) + (hasHead ? methodHtml('HEAD') : '');
  return `<article id="${operationId}">
<h3>${anchored(operationId, escaped(summary))}</h3>
<p class="route">${methods} <code>${escaped(path)}</code></p>
${paragraphs(description)}
${pre(curlText(method, path, operation))}
${parameters.length > 0 ? `<h4>Parameters</h4>${parametersHtml(parameters)}` : ''}
${requestBody ? `<h4>Body${requestBody.required ? '' : ' <span class="optional">optional</span>'}</h4>${paragraphs(requestBody.description)}${contentHtml(requestBody.content)}` : ''}
<h4>Answers</h4>
${right.map(([status, response]) => answerHtml(status, response)).join('\n')}
<details><summary>Refusals and failures: ${errors.map(([status]) => status).join(', ')}</summary>
${errors.map(([status, { description: codes, headers }]) => `<div class="answer"><h5><span class="status">${status}</span></h5>${paragraphs(codes)}${headersHtml(headers)}</div>`).join('\n')}
<p>The body is a <a href="#${componentId('Problem')}">Problem</a>.</p>
</details>
</article>`;
}

function methodHtml(method: string): string {
  return `<span class="method ${method.toLowerCase()}">${method}</span>`;
}

function anchored(id: string, html: string): string {
  return `<a class="anchor" href="#${id}">${html}</a>`;
}

const WHERE = { path: 'in the path', query: 'in the query', header: 'a header' };

function parametersHtml(parameters: readonly ParameterObject[]): string {
  const rows = parameters.map((parameter) => {
    const { name, description, required, schema, 'x-quorate-modes': modes = [] } = parameter;
    const needed =
      required && parameter.in !== 'path' ? ' <span class="needed">required</span>' : '';
    const buckets = modes.map((mode) => `<span class="mode">${escaped(mode)}</span>`).join(' ');
    return `<li><code>${escaped(name)}</code> <span class="type">${WHERE[parameter.in]}, ${typeHtml(schema)}${defaultHtml(schema)}</span>${needed} ${buckets}<br>${inline(description)}</li>`;
  });
  return `<ul class="parameters">${rows.join('\n')}</ul>`;
}

function defaultHtml({ default: value }: Schema): string {
  return value === undefined ? '' : `, default <code>${escaped(String(value))}</code>`;
}

function answerHtml(status: string, { description, headers, content }: ResponseObject): string {
  return `<div class="answer"><h5><span class="status">${status}</span></h5>${paragraphs(description)}${headersHtml(headers)}${contentHtml(content)}</div>`;
}

function headersHtml(headers: Readonly<Record<string, HeaderObject>> = {}): string {
  const rows = Object.entries(headers).map(([name, { description, required }]) => {
    const always = required ? '' : ' <span class="optional">optional</span>';
    return `<li><code>${escaped(name)}</code>${always} ${inline(description)}</li>`;
  });
  if (rows.length === 0) return '';
  return `<details><summary>Headers: ${Object.keys(headers).map(escaped).join(', ')}</summary><ul class="fields">${rows.join('\n')}</ul></details>`;
}

function contentHtml(content: Readonly<Record<string, MediaTypeObject>> = {}): string {
  return Object.entries(content)
    .map(([type, { schema, example, 'x-itemSchema': item }]) => {
      const told = item ?? schema;
      const each = item === undefined ? '' : ', each ';
      const described =
        told === undefined ? '' : `${each || ', '}<span class="type">${typeHtml(told)}</span>`;
      const fields = told === undefined || told.$ref !== undefined ? '' : fieldsHtml(told);
      const shown = example === undefined || type === '*/*' ? '' : pre(exampleText(example));
      return `<p class="media"><code>${escaped(type)}</code>${described}</p>${fields}${shown}`;
    })
    .join('\n');
}

function exampleText(example: unknown): string {
  return typeof example === 'string' ? example.trimEnd() : JSON.stringify(example, null, 2);
}
