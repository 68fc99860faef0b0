/** Style sheet of a report: light and dark as the reader has it, black on white on paper. */
export const style = `
:root{color-scheme:light dark;--fg:#1a1d21;--bg:#fff;--soft:#f2f4f7;--line:#c8ced6;--dim:#4d5661;--link:#0b57a4}
@media(prefers-color-scheme:dark){:root{--fg:#e8eaed;--bg:#16181c;--soft:#22262c;--line:#454c56;--dim:#b3bac3;--link:#8ab8f0}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
main{max-width:64rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.9rem;margin:0}h2{font-size:1.3rem;margin:2.5rem 0 .6rem}
p{margin:.4rem 0}.dim{color:var(--dim)}
code,pre,.digest{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}
pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.8rem;white-space:pre-wrap}
.scroll{overflow-x:auto}.tall{max-height:36rem;overflow-y:auto}.paper{display:none}
input{font:inherit;padding:.3rem .5rem;color:var(--fg);background:var(--bg);border:1px solid var(--dim);border-radius:6px}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600}td.n,th.n{text-align:right;white-space:nowrap}
caption{text-align:left;color:var(--dim);padding-bottom:.3rem}
.blank{min-width:9rem;border-bottom:1px solid var(--fg)}
.bar{display:flex;height:1.6rem;border-radius:6px;overflow:hidden;border:1px solid var(--line)}
.bar span{display:block;min-width:2px}
.key{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin-right:.4em}
svg{width:100%;height:auto;display:block;border-radius:6px}
svg text{font:12px system-ui,sans-serif;fill:#111}
svg rect{stroke:#fff;stroke-width:1}
.a0,.hue0 rect{background:#7fb2e5;fill:#7fb2e5}.a1,.hue1 rect{background:#f2b36b;fill:#f2b36b}
.a2,.hue2 rect{background:#8fcf94;fill:#8fcf94}.a3,.hue3 rect{background:#d9a6e0;fill:#d9a6e0}
.hue4 rect{fill:#f09a9a}.hue5 rect{fill:#8fd3cf}.hue6 rect{fill:#d6cf78}.hue7 rect{fill:#c3b3f2}
svg .frame{fill-opacity:.55}
details{margin:.3rem 0}summary{cursor:pointer}
fieldset.language{border:0;padding:0;margin:0 0 1rem;display:flex;gap:.5rem}legend{float:left;color:var(--dim);padding-right:.5rem}
:root:not(:has(#chinese:checked)) span[lang=zh-Hans],:root:has(#chinese:checked) span[lang=en]{display:none}
@media print{.language{display:none}
.tall,#search{display:none}.paper{display:block}:root{--fg:#000;--bg:#fff;--soft:#fff;--line:#888;--dim:#333}body{font-size:11pt}main{max-width:none;padding:0}
h2{break-after:avoid}tr,svg{break-inside:avoid}details>*{display:block}}
`;
