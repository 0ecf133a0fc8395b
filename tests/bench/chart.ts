/**
 * Draws a bar chart as SVG, in the colours of light and dark.
 *
 * @module
 */

/** A bar. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Whether it is one of ours. */
  readonly isOurs: boolean;
}

const WIDTH = 720;
const LABEL_WIDTH = 220;
const ROW = 26;
const TOP = 40;

/** Draws bars below a title. */
export function barChart(title: string, unit: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const height = TOP + bars.length * ROW + 12;
  const rows = bars.map(({ label, value, isOurs }, index) => {
    const y = TOP + index * ROW;
    const width = Math.max(1, (WIDTH - LABEL_WIDTH - 90) * value / most).toFixed(1);
    return `<text x="${LABEL_WIDTH - 8}" y="${y + 15}" text-anchor="end">${escapeXml(label)}</text>
<rect x="${LABEL_WIDTH}" y="${y + 3}" width="${width}" height="${ROW - 8}" rx="2" class="${
      isOurs ? "ours" : "other"
    }"/>
<text x="${(LABEL_WIDTH + Number(width) + 6).toFixed(1)}" y="${y + 15}">${
      Math.round(value).toLocaleString("en")
    }</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${
    escapeXml(`${title}, ${unit}`)
  }">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; }
.ours { fill: #0b6e4f; }
.other { fill: #8c959f; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .ours { fill: #3fb68b; }
  .other { fill: #6e7681; }
}
</style>
<text x="8" y="20" class="title">${escapeXml(title)}, ${escapeXml(unit)}</text>
${rows.join("\n")}
</svg>
`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
