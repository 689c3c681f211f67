/** What all of the Worker's own pages share: colours, light or dark as the reader has it, and what has the focus. */
export const palette = `
:root { color-scheme: light dark; --ink: #1c1b19; --quiet: #63605a; --paper: #faf8f4; --sheet: #fff; --line: #d9d4ca; --gold: #8a6314; --wrong: #a3271b; }
@media (prefers-color-scheme: dark) { :root { --ink: #efebe3; --quiet: #aaa59a; --paper: #171614; --sheet: #211f1c; --line: #423e37; --gold: #d9ab4e; --wrong: #ff9385; } }
*, ::before, ::after { box-sizing: border-box; }
:focus-visible { outline: 3px solid var(--gold); outline-offset: 2px; }
[hidden] { display: none !important; }
`;

/** The look of a page with one sheet in its middle. */
export const pageStyle = `${palette}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 26rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 14px; padding: 2rem; }
h1 { margin: 0; font-size: 1.35rem; line-height: 1.25; overflow-wrap: anywhere; }
p { margin: .35rem 0 0; color: var(--quiet); }
button { margin-top: .5rem; padding: .7rem; font: inherit; font-weight: 600; color: var(--sheet); background: var(--gold); border: 0; border-radius: 8px; cursor: pointer; }
`;

/** What a page may do: use its own style and, where it has one, its own script. `nonce`: a new one each time. */
export function pagePolicy(nonce: string, { script }: { readonly script: boolean }): string {
  const scripts = script ? `script-src 'nonce-${nonce}'; connect-src 'self'; ` : "";
  return `default-src 'none'; style-src 'nonce-${nonce}'; ${scripts}form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
}
