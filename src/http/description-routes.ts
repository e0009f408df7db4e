/** The description of the API: `/openapi.json` for programs, `/docs` for people. */

import { CONTENT_SECURITY_POLICY } from './declared-headers.ts';
import { jsonText } from './json-document.ts';
import type { Endpoint, Route } from './openapi/operation.ts';
import { type Page, pageOf } from './openapi/page.ts';

/** Made when it is first asked for: a node that starts has better things to do. */
const DESCRIPTION: Endpoint = {
  operation: {
    id: 'getDescription',
    tag: 'Description',
    // It is the same on every node of this version, and tells nothing of this one.
    access: 'open',
    summary: 'This description, for programs',
    description:
      'An OpenAPI 3.1 document, made from the declarations by which this node registers its routes.',
    answers: {
      200: {
        description: 'The document.',
        content: { 'application/json': { schema: { type: 'object', required: ['openapi'] } } },
      },
    },
    errors: [],
  },
  serve: ({ describe }) => {
    let text: string | undefined;
    return (c) => {
      text ??= jsonText(describe());
      return c.body(text, 200, { 'content-type': 'application/json' });
    };
  },
};

const PAGE: Endpoint = {
  operation: {
    id: 'getPage',
    tag: 'Description',
    access: 'open',
    summary: 'This description, for people',
    description: 'One page of HTML that loads nothing else.',
    answers: {
      200: {
        description: 'The page.',
        headers: [CONTENT_SECURITY_POLICY],
        content: { 'text/html': { schema: { type: 'string' } } },
      },
    },
    errors: [],
  },
  serve: ({ describe }) => {
    let page: Page | undefined;
    return (c) => {
      page ??= pageOf(describe());
      return c.body(page.html, 200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': page.contentSecurityPolicy,
      });
    };
  },
};

export const DESCRIPTION_ROUTE: Route = {
  path: '/openapi.json',
  methods: { GET: DESCRIPTION, HEAD: DESCRIPTION },
};

export const PAGE_ROUTE: Route = { path: '/docs', methods: { GET: PAGE, HEAD: PAGE } };
