/** The look of a report. Colours of the plots are those of Okabe and Ito, which all eyes tell apart. */

export const STYLE = `
:root{--ink:#1b1f24;--soft:#66707c;--line:#e2e6ea;--page:#fbfbfc;--card:#fff;--own:#d55e00;--calls:#9aa5b1;--boot:#56b4e9;--answer:#009e73;--gateway:#0072b2;--floor:#8a94a0;--warn:#fff6e5;--warnline:#e6b450;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa5b1;--line:#2c333b;--page:#12161a;--card:#191e24;--own:#ff8a3d;--calls:#6b7682;--boot:#56b4e9;--answer:#2cc295;--gateway:#5ab0ee;--floor:#8a94a0;--warn:#2b2412;--warnline:#8a6a1f}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1040px;margin:0 auto;padding:40px 20px 80px}
header{margin-bottom:28px}
.kind{margin:0;color:var(--soft);letter-spacing:.08em;text-transform:uppercase;font-size:12px}
h1{margin:.1em 0;font-size:34px;letter-spacing:-.01em}
.about{margin:0;font-size:19px;color:var(--soft);max-width:42em}
h2{font-size:20px;margin:0 0 12px}
h3{font-size:14px;margin:16px 0 4px;color:var(--soft);font-weight:600}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:20px 22px;margin:18px 0}
aside{background:var(--warn);border:1px solid var(--warnline);border-radius:10px;padding:16px 22px;margin:18px 0}
aside h2{font-size:16px;margin-bottom:6px}
ul{margin:0;padding-left:20px}li{margin:5px 0;overflow-wrap:anywhere}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th{text-align:left;font-weight:600;color:var(--soft);border-bottom:1px solid var(--line);padding:6px 12px 6px 0;vertical-align:bottom}
td{border-bottom:1px solid var(--line);padding:6px 12px 6px 0;white-space:nowrap}
td:last-child{white-space:normal}
td.number{font-variant-numeric:tabular-nums}
td:first-child{font-weight:600}
td.real{color:var(--answer);font-weight:600}
figure{margin:0}svg{display:block;width:100%;height:auto}
.facets{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(340px,100%),1fr));gap:18px}
text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:var(--ink)}
text.soft,text.tick{fill:var(--soft)}text.tick{font-size:11px}text.title{font-weight:600;font-size:13px}text.value{font-variant-numeric:tabular-nums}
.grid{stroke:var(--line)}
rect.own,i.own{fill:var(--own);background:var(--own)}rect.calls,i.calls{fill:var(--calls);background:var(--calls)}
rect.boot,i.boot{fill:var(--boot);background:var(--boot)}rect.answer,i.answer{fill:var(--answer);background:var(--answer)}
i.gateway{background:var(--gateway)}i.floor{background:var(--floor)}
.box{fill-opacity:.18;stroke-width:1.2}.whisker{stroke-width:1.2}.mid{stroke-width:2.4}.dot{fill-opacity:.55}
.gateway.box,.gateway.dot{fill:var(--gateway)}.gateway.box,.gateway.whisker,.gateway.mid{stroke:var(--gateway)}
.floor.box,.floor.dot{fill:var(--floor)}.floor.box,.floor.whisker,.floor.mid{stroke:var(--floor)}
.curve{fill:none;stroke-width:1.9}
.c0{stroke:#0072b2}.c1{stroke:#d55e00}.c2{stroke:#009e73}.c3{stroke:#cc79a7}.c4{stroke:#e69f00}.c5{stroke:#56b4e9}.c6{stroke:#8a94a0}.c7{stroke:#b8a000}
.key{color:var(--soft);font-size:13px;margin:10px 0 0}.key i{display:inline-block;width:11px;height:11px;border-radius:2px;margin:0 3px 0 10px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
pre{overflow-x:auto;background:var(--page);border:1px solid var(--line);border-radius:8px;padding:12px;font-size:13px}
@media print{body{background:#fff}section,aside{break-inside:avoid}}
`
