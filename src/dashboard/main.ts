/** Where the page begins. */

import { html } from 'htm/preact';
import { render } from 'preact';
import { Shell } from './shell.ts';
import { showTheme } from './theme.ts';

showTheme();
render(html`<${Shell} />`, document.body);
