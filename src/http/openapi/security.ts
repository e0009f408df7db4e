/** What a description says of tokens. */

import type { Access } from './operation.ts';

/** By the name of a scheme: the roles that it has to come with. */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>;

export const SECURITY_SCHEMES = {
  token: {
    type: 'http',
    scheme: 'bearer',
    description:
      'A token that `quorate tokens add` has made. Only nodes that were started with a file of tokens ask for one.',
  },
};

/** Any one of them will do; none: there is nothing to show. */
export function securityOf(access: Access): readonly SecurityRequirement[] {
  // Nodes without tokens are open.
  return access === 'open' ? [] : [{}, { token: [access.role] }];
}

const WHERE = { bucket: ' for this bucket', cluster: ' for all buckets', any: '' };

export function accessText(access: Access): string {
  if (access === 'open') return 'Takes no token.';
  return `Where the node asks for tokens: role \`${access.role}\`${WHERE[access.of]}.`;
}
