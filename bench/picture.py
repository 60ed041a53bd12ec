"""Draw bars as an SVG that suits a light and a dark page: the picture of docs/benchmarks.md."""

from bench.sites import ROOT

FILE = ROOT / "docs/pictures/cpu-of-a-sign-in.svg"
WIDTH, LEFT, ROW = 640, 130, 34  # pixels: of all, of the names, of a bar with its gap
HEAD = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img"
     viewBox="0 0 {width} {height}" aria-labelledby="title text">
  <title id="title">{title}</title>
  <desc id="text">{text}</desc>
  <style>
    text {{ font: 15px system-ui, sans-serif; fill: #16201d }}
    rect {{ fill: #84918b }} .ours {{ fill: #0d5c4d }}
    @media (prefers-color-scheme: dark) {{ text {{ fill: #e4ebe7 }} .ours {{ fill: #4fc3a5 }} }}
  </style>
  <text y="20">{title}</text>"""
BAR = """  <text y="{line}">{name}</text>
  <rect class="{kind}" x="{left}" y="{top}" width="{long}" height="24" rx="3"/>
  <text x="{end}" y="{line}">{figure:.1f} ms</text>"""


def draw(title: str, bars: dict[str, float]) -> str:
    """Return a picture with a bar for each name; the first is ours. Figures are milliseconds."""
    text = "; ".join(f"{name}: {figure:.1f} ms" for name, figure in bars.items())
    height = ROW * (len(bars) + 1)
    lines = [HEAD.format(width=WIDTH, height=height, title=title, text=text)]
    for number, (name, figure) in enumerate(bars.items(), start=1):
        long, top = round(figure / max(bars.values()) * (WIDTH - LEFT - 80)), number * ROW
        where = {"top": top, "line": top + 18, "left": LEFT, "long": long, "end": LEFT + long + 8}
        kind = "ours" if number == 1 else "theirs"
        lines.append(BAR.format(name=name, figure=figure, kind=kind, **where))
    return "\n".join([*lines, "</svg>", ""])
