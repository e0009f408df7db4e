/**
 * The dashboard: a page at `/ui`, and its parts below. All of it is of this package, and nothing
 * of it tells of this node: what the page shows it asks for like any other client.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QuorateError } from '../kernel/errors.ts';
import { CONTENT_SECURITY_POLICY } from './declared-headers.ts';
import type { Endpoint, Route } from './openapi/operation.ts';
import { pathOf } from './request-target.ts';

/** Scripts and styles of this origin, requests to it, and nothing else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** The names of parts change with what is in them. */
const FOR_GOOD = 'public, max-age=31536000, immutable';

interface File {
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** By name; read when the first one is asked for. */
let files: ReadonlyMap<string, File> | undefined;

const PAGE: Endpoint = {
  operation: {
    id: 'getDashboard',
    tag: 'Dashboard',
    access: 'open',
    summary: 'The dashboard',
    description:
      'A page for browsers: the ring, keys and their replicas, live charts, changes of the ring. What it shows it asks this node for, with the token that its user types in.',
    answers: {
      200: {
        description: 'The page.',
        headers: [CONTENT_SECURITY_POLICY],
        content: { 'text/html': { schema: { type: 'string' } } },
      },
    },
    errors: [],
  },
  serve: () => (c) => {
    const { mediaType, bytes } = fileNamed('index.html');
    return c.body(bytes, 200, {
      'content-type': mediaType,
      'cache-control': 'no-cache',
      'content-security-policy': POLICY,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  },
};

const PART: Endpoint = {
  operation: {
    id: 'getDashboardPart',
    tag: 'Dashboard',
    access: 'open',
    summary: 'A script or style of the dashboard',
    description: 'As the page names it.',
    answers: {
      200: {
        description: 'The part.',
        content: {
          'text/javascript': { schema: { type: 'string' } },
          'text/css': { schema: { type: 'string' } },
        },
      },
    },
    errors: ['no_such_route'],
  },
  serve: () => (c) => {
    const { mediaType, bytes } = fileNamed(pathOf(c.env.incoming.url ?? '/').slice('/ui/'.length));
    return c.body(bytes, 200, {
      'content-type': mediaType,
      'cache-control': FOR_GOOD,
      'x-content-type-options': 'nosniff',
    });
  },
};

export const DASHBOARD_ROUTE: Route = { path: '/ui', methods: { GET: PAGE, HEAD: PAGE } };

export const DASHBOARD_PART_ROUTE: Route = {
  path: '/ui/{part}',
  methods: { GET: PART, HEAD: PART },
};

function fileNamed(name: string): File {
  files ??= readFiles();
  const file = files.get(name);
  if (file === undefined) {
    const detail = `the dashboard has no part ${JSON.stringify(name)}: its page is at /ui`;
    throw new QuorateError('no_such_route', detail);
  }
  return file;
}

/** A package that was not built, as where tests run from its sources, has none. */
function readFiles(): ReadonlyMap<string, File> {
  const folder = builtFolder();
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const read = (name: string): [string, File][] => {
    const mediaType = MEDIA_TYPES[extname(name)];
    if (mediaType === undefined) return [];
    return [[name, { mediaType, bytes: new Uint8Array(readFileSync(join(folder, name))) }]];
  };
  return new Map(names.flatMap(read));
}

/** It is looked for from the top of the package, since this module may be part of any file in dist/. */
function builtFolder(): string {
  let top = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(top, 'package.json'))) top = dirname(top);
  return join(top, 'dist', 'ui');
}
