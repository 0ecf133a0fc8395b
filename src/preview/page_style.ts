/**
 * The style sheet of the preview's page.
 *
 * @module
 */

/** CSS. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --ground: #fff; --ink: #1c2226; }
@media (prefers-color-scheme: dark) { :root { --ground: #111416; --ink: #f1f3f4; } }
body { margin: 0; background: var(--ground); color: var(--ink); }
header { padding: 1rem 1.5rem; border-bottom: 1px solid #8886; }
h1 { font-size: 1.3rem; margin: 0 0 .5rem; }
h2 { font-size: 1.1rem; margin: 0; }
nav { display: flex; flex-wrap: wrap; gap: .2rem .4rem; margin: .3rem 0; }
nav a { padding: .1rem .6rem; border: 1px solid #8886; border-radius: 999px; color: inherit; text-decoration: none; }
nav a[aria-current] { background: #0f5f59; border-color: #0f5f59; color: #fff; }
main { padding: 0 1.5rem 2rem; }
article { margin: 2rem 0 0; padding: 0 0 2rem; border-bottom: 1px solid #8886; }
.subject { margin: .2rem 0 0; font-size: 1.05rem; overflow-wrap: anywhere; }
.size { margin: 0 0 .6rem; font-size: .85rem; }
.views { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; padding-bottom: .5rem; }
figure { box-sizing: border-box; margin: 0; max-width: 100%; }
figure.desktop { flex: 1 1 592px; }
figure.phone { flex: 0 0 362px; }
figure.text { flex: 1 1 22rem; }
figcaption { font-size: .85rem; padding: .2rem 0; }
figure pre, iframe { box-sizing: border-box; display: block; width: 100%; margin: 0; border: 1px solid #8886; border-radius: 6px; }
figure pre { padding: .8rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: .85rem/1.45 ui-monospace, monospace; }
summary { cursor: pointer; font-size: .9rem; padding: .2rem 0; }
.broken { border-inline-start: 4px solid #c0392b; padding: .8rem; }
`;
