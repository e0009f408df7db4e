/** How the page looks: by light and by dark, on wide screens and on narrow ones. */

export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --raised: #ffffff; --ink: #22252b; --quiet: #666c78; --line: #e2e0d9;
  --link: #0b5c8f; --code: #f1efe9; --get: #1d6f42; --put: #8a5a00; --post: #0b5c8f; --delete: #a32a2a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171b; --raised: #1b1e23; --ink: #dfe2e7; --quiet: #969daa; --line: #2d3138;
    --link: #79b8e8; --code: #23272e; --get: #6cc493; --put: #dcaa55; --post: #79b8e8; --delete: #ee8b8b;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; display: grid; grid-template-columns: 19rem minmax(0, 1fr);
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif;
}
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 0.15em; }
nav { font-size: 0.875rem; line-height: 1.4; }
nav.beside {
  position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem 3rem 1.5rem;
  border-right: 1px solid var(--line);
}
.above { display: none; }
nav a { color: inherit; text-decoration: none; display: block; padding: 0.15rem 0.25rem; border-radius: 4px; }
nav a:hover { background: var(--code); }
nav .home { font-size: 1.15rem; font-weight: 650; margin-bottom: 0.75rem; }
nav .home span { color: var(--quiet); font-weight: 400; font-size: 0.875rem; }
nav h2 { font-size: 0.75rem; letter-spacing: 0.06em; text-transform: uppercase; color: var(--quiet); margin: 1.1rem 0 0.2rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: grid; grid-template-columns: 3.5rem 1fr; align-items: baseline; }
main { max-width: 56rem; padding: 2rem 3rem 6rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 0.5rem; }
main h2 { font-size: 1.4rem; margin: 3rem 0 0.5rem; }
h3 { font-size: 1.1rem; margin: 0 0 0.25rem; }
h4 { font-size: 0.8rem; letter-spacing: 0.05em; text-transform: uppercase; color: var(--quiet); margin: 1.25rem 0 0.35rem; }
h5 { font-size: 1rem; margin: 0; }
p { margin: 0.4rem 0; }
.lead { font-size: 1.15rem; color: var(--quiet); }
article {
  background: var(--raised); border: 1px solid var(--line); border-radius: 8px;
  padding: 1.1rem 1.25rem; margin: 1rem 0;
}
article:target { border-color: var(--link); box-shadow: 0 0 0 1px var(--link); }
.anchor { color: inherit; text-decoration: none; }
.anchor:hover { text-decoration: underline; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 0.875em; }
:not(pre) > code { background: var(--code); padding: 0.1em 0.3em; border-radius: 4px; overflow-wrap: anywhere; }
pre {
  background: var(--code); padding: 0.7rem 0.9rem; border-radius: 6px; margin: 0.6rem 0;
  overflow-x: auto; line-height: 1.45; max-height: 24rem;
}
.route { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: baseline; }
.route code { background: none; padding: 0; font-size: 0.95rem; }
.method { font: 600 0.7rem/1.4 ui-monospace, Menlo, Consolas, monospace; color: var(--quiet); }
.get { color: var(--get); } .put { color: var(--put); } .post { color: var(--post); } .delete { color: var(--delete); }
ul.parameters, ul.fields { list-style: none; margin: 0.3rem 0; padding: 0; }
ul.parameters > li { padding: 0.45rem 0; border-top: 1px solid var(--line); }
ul.parameters > li:first-child { border-top: 0; }
ul.fields > li { padding: 0.15rem 0; }
ul.fields ul.fields { margin-left: 0.4rem; padding-left: 0.9rem; border-left: 2px solid var(--line); }
.type { color: var(--quiet); font-size: 0.875rem; }
.optional, .needed, .mode { font-size: 0.75rem; color: var(--quiet); font-weight: 400; text-transform: none; letter-spacing: 0; }
.needed { color: var(--delete); }
.mode { border: 1px solid var(--line); border-radius: 999px; padding: 0.05rem 0.5rem; white-space: nowrap; }
.answer { display: grid; grid-template-columns: 3.5rem minmax(0, 1fr); padding: 0.35rem 0; }
.answer > * { grid-column: 2; }
.answer > h5 { grid-column: 1; grid-row: 1 / span 9; margin-top: 0.4rem; }
.status { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.9rem; }
.media { margin-top: 0.5rem; }
.or { color: var(--quiet); margin: 0.2rem 0; font-style: italic; }
details { margin: 0.3rem 0; }
summary { cursor: pointer; color: var(--quiet); font-size: 0.875rem; }
details[open] > summary { margin-bottom: 0.3rem; }
@media (max-width: 60rem) {
  body { display: block; }
  nav.beside { display: none; }
  .above { display: block; margin-top: 1rem; padding: 0.6rem 0.9rem; border: 1px solid var(--line); border-radius: 6px; }
  main { padding: 1.25rem 1rem 4rem; }
  article { padding: 0.9rem; border-radius: 6px; }
}
@media print { nav.beside { display: none; } body { display: block; } pre { max-height: none; } }
`;
