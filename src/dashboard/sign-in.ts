/** Asks for a token where the node does. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError, readJson } from './api.ts';
import { keepToken } from './token.ts';

export function SignIn(): VNode {
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const token = String(form.get('token') ?? '').trim();
    try {
      await readJson('/cluster', { headers: { authorization: `Bearer ${token}` } });
      keepToken(token);
    } catch (error) {
      // A token that is known opens at least something; what it does not, panels say.
      if (error instanceof ApiError && error.status === 403) keepToken(token);
      else setTrouble(error instanceof Error ? error.message : String(error));
    }
  };
  return html`
    <form class="card sign-in" onSubmit=${submit}>
      <h1>This node asks for a token</h1>
      <p><code>quorate tokens add --file FILE --name NAME --role admin</code> makes one. It is kept for this tab alone.</p>
      <label>Token <input name="token" type="password" autocomplete="off" required autofocus /></label>
      ${trouble !== undefined && html`<p class="trouble" role="alert">${trouble}</p>`}
      <button type="submit">Sign in</button>
    </form>
  `;
}
