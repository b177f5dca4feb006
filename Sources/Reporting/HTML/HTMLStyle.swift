/// How the page looks: in light and dark, on wide and on narrow screens, and in print.
enum HTMLStyle {
    static let sheet = """

        :root { --paper: #fdfdfc; --ink: #1d2429; --soft: #5b6770; --line: #d9dee2; --tint: #f1f4f5;
          --proved: #1a7f4b; --refuted: #c02c2c; --inconclusive: #a86400; --vacuous: #8a3fa8; --error: #c02c2c; --changed: #fff0c2;
          --phase0: #3b78b5; --phase1: #4aa3a2; --phase2: #7d8fd0; --phase3: #c28f3e; --phase4: #9a6aa8; --phase5: #7f8a92; }
        @media (prefers-color-scheme: dark) { :root { --paper: #14181b; --ink: #dfe5e9; --soft: #98a4ad; --line: #333c43; --tint: #1d2328;
          --proved: #3fb57a; --refuted: #f0716b; --inconclusive: #e0a13c; --vacuous: #c78be0; --error: #f0716b; --changed: #4a3f14;
          --phase0: #5c9ad6; --phase1: #62c2c0; --phase2: #98a8e6; --phase3: #d9a95a; --phase4: #b98ac7; --phase5: #98a4ad; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
        header, main, footer { max-width: 70rem; margin: 0 auto; padding: 1rem 1.25rem; }
        body { border-top: .5rem solid var(--refuted); } body.green { border-top-color: var(--proved); }
        header { padding-top: 1.5rem; padding-bottom: 0; } main { padding-top: 0; }
        h1 { margin: 0; font-size: 1.9rem; } header p { margin: .25rem 0 0; color: var(--soft); }
        h2 { margin: 2.2rem 0 .75rem; font-size: 1.35rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
        h3 { margin: 0 0 .5rem; font-size: 1.05rem; } section > h3 { margin-top: 1.5rem; } h4 { margin: 1rem 0 .35rem; font-size: .95rem; }
        a { color: inherit; } a:hover { text-decoration-thickness: 2px; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; }
        th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
        th { color: var(--soft); font-weight: 600; } th a { text-decoration: none; } td.number, th.number { text-align: right; white-space: nowrap; } td.verdict { white-space: nowrap; }
        .wide { overflow-x: auto; } .wide svg { max-width: none; }
        pre, code, .place, table.packet { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .85rem; }
        pre { margin: .25rem 0; padding: .5rem .75rem; background: var(--tint); border-radius: .35rem; overflow-x: auto; }
        .code { background: var(--tint); border-radius: .35rem; padding: .5rem .75rem; overflow-x: auto; }
        .code code { display: block; white-space: pre; } .place { color: var(--soft); margin-right: .75rem; }
        .square { display: inline-block; width: 1.35rem; height: 1.35rem; margin: 0 .3rem .2rem 0; border-radius: .25rem; text-align: center;
          font: bold .85rem/1.35rem system-ui, sans-serif; color: var(--paper); text-decoration: none; background: var(--soft); }
        .square.proved { background: var(--proved); } .square.refuted { background: var(--refuted); } .square.error { background: var(--error); }
        .square.inconclusive { background: var(--inconclusive); } .square.vacuous { background: var(--vacuous); }
        .legend { color: var(--soft); font-size: .85rem; } .legend span:not(.square):not(.swatch) { margin: 0 1rem 0 .1rem; }
        .matrix th { width: 1%; white-space: nowrap; font-weight: 600; color: inherit; }
        article { margin: 1rem 0; padding: 1rem 1.25rem; border: 1px solid var(--line); border-left: .35rem solid var(--inconclusive); border-radius: .35rem; }
        article.refuted, article.error { border-left-color: var(--refuted); } article.vacuous { border-left-color: var(--vacuous); }
        article p { margin: .35rem 0; } .changed { background: var(--changed); font-weight: 600; }
        .warning { color: var(--inconclusive); font-weight: 600; } .confirmed { color: var(--soft); }
        .packet td, .packet th { white-space: pre; max-width: 28rem; overflow: hidden; text-overflow: ellipsis; padding-left: .35rem; }
        .path { font-size: .9rem; padding-left: 2.2rem; } details > summary { cursor: pointer; } .picture { margin: 1rem 0; }
        .times th { width: 1%; white-space: nowrap; color: inherit; font-weight: 400; } .track { width: 100%; line-height: 0; padding-top: .55rem; }
        .bar, .swatch { display: inline-block; height: .8rem; min-width: 1px; } .swatch { width: .8rem; border-radius: .15rem; vertical-align: -.05rem; }
        .phase0 { background: var(--phase0); } .phase1 { background: var(--phase1); } .phase2 { background: var(--phase2); }
        .phase3 { background: var(--phase3); } .phase4 { background: var(--phase4); } .phase5 { background: var(--phase5); }
        footer { color: var(--soft); font-size: .85rem; padding-bottom: 3rem; }
        @media (max-width: 40rem) { header, main, footer { padding-left: .8rem; padding-right: .8rem; } h1 { font-size: 1.5rem; }
          article { padding: .75rem .8rem; } .aside { display: none; } .times th { white-space: normal; overflow-wrap: anywhere; width: 30%; } .track { width: 50%; } }
        @media print { .wide { overflow: visible; } a { text-decoration: none; } }

        """
}
