/**
 * picture - a message's way as a drawing: hosts as boxes on a grid, arrows with protocol and port, and the question asked at each stop. Pure.
 *
 * The result is an inline SVG without colours of its own; `theme/picture.css` gives them, so the same drawing serves light and dark pages and print.
 *
 * Limits: text is not measured but counted (boxes are for texts of a host name's length); arrows are straight lines from side to side.
 */
import { escapeHtml } from './html.ts';

export interface Stop {
  readonly id: string;
  /** Where it stands on the grid; fractions are allowed. */
  readonly column: number;
  readonly row: number;
  readonly name: string;
  /** Below the name: address, program. */
  readonly detail?: string;
  /** The question asked here. */
  readonly asks?: string;
  /** `outside`: not a host of a seat. `person`: who reads. `stop`: where mail ends that must not pass. */
  readonly kind?: 'host' | 'outside' | 'person' | 'stop';
  /** What the lab is about. */
  readonly focus?: boolean;
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  /** `SMTP 25`. */
  readonly label: string;
  /** `refused` ends in a bar, `lookup` is a question to the name server. */
  readonly kind?: 'mail' | 'refused' | 'lookup';
  readonly focus?: boolean;
  /** Label on the other side of the line. */
  readonly flip?: boolean;
}

export interface Picture {
  /** What it shows, for who cannot see it. */
  readonly title: string;
  readonly stops: readonly Stop[];
  readonly arrows: readonly Arrow[];
  /** Distance of columns and rows, and size of the boxes, in drawing units. */
  readonly columnWidth?: number;
  readonly rowHeight?: number;
  readonly boxWidth?: number;
}

interface Box {
  readonly stop: Stop;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly asks: readonly string[];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const lineHeight = 19;
const characterWidth = 8.1;
const margin = 8;

/** The drawing. @throws Error naming an arrow that begins or ends nowhere. */
export function drawPicture(picture: Picture): string {
  const boxes = placeBoxes(picture);
  const width = Math.max(...[...boxes.values()].map((box) => box.x + box.width)) + margin;
  const height = Math.max(...[...boxes.values()].map((box) => box.y + box.height)) + margin;
  const arrows = picture.arrows.map((arrow) => drawArrow(arrow, boxes)).join('');
  const stops = [...boxes.values()].map(drawBox).join('');
  return `<svg class="picture" viewBox="0 0 ${round(width)} ${round(height)}" role="img" aria-label="${escapeHtml(picture.title)}">${arrows}${stops}</svg>`;
}

function placeBoxes({ stops, columnWidth = 330, rowHeight = 150, boxWidth = 214 }: Picture): Map<string, Box> {
  return new Map(
    stops.map((stop) => {
      const asks = stop.asks === undefined ? [] : wrap(stop.asks, Math.floor((boxWidth - 20) / (characterWidth - 0.7)));
      const height =
        18 + lineHeight * (1 + (stop.detail === undefined ? 0 : 1) + asks.length) + (asks.length > 0 ? 8 : 0);
      const x = margin + stop.column * columnWidth;
      return [stop.id, { stop, x, y: margin + stop.row * rowHeight, width: boxWidth, height, asks }];
    }),
  );
}

function wrap(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function drawBox({ stop, x, y, width, height, asks }: Box): string {
  const classes = `stop ${stop.kind ?? 'host'}${stop.focus ? ' focus' : ''}`;
  const middle = x + width / 2;
  let baseline = y + 25;
  const line = (kind: string, text: string): string => {
    const drawn = `<text class="${kind}" x="${round(middle)}" y="${round(baseline)}">${escapeHtml(text)}</text>`;
    baseline += lineHeight;
    return drawn;
  };
  const name = line('name', stop.name);
  const detail = stop.detail === undefined ? '' : line('detail', stop.detail);
  if (asks.length > 0) baseline += 6;
  const questions = asks.map((each) => line('asks', each)).join('');
  return `<g class="${classes}"><rect x="${round(x)}" y="${round(y)}" width="${width}" height="${height}" rx="7"/>${name}${detail}${questions}</g>`;
}

function drawArrow(arrow: Arrow, boxes: ReadonlyMap<string, Box>): string {
  const [from, to] = [boxes.get(arrow.from), boxes.get(arrow.to)];
  if (!from || !to)
    throw new Error(`the arrow "${arrow.label}" goes from "${arrow.from}" to "${arrow.to}"; one of them is no stop`);
  const [start, end] = ends(from, to);
  const kind = arrow.kind ?? 'mail';
  const length = Math.hypot(end.x - start.x, end.y - start.y) || 1;
  const along = { x: (end.x - start.x) / length, y: (end.y - start.y) / length };
  const tip = { x: end.x - along.x * 4, y: end.y - along.y * 4 };
  const head = kind === 'refused' ? barAt(tip, along) : triangleAt(tip, along);
  const stem = {
    x: tip.x - along.x * (kind === 'refused' ? 4 : 12),
    y: tip.y - along.y * (kind === 'refused' ? 4 : 12),
  };
  const line = `<line x1="${round(start.x)}" y1="${round(start.y)}" x2="${round(stem.x)}" y2="${round(stem.y)}"/>`;
  return `<g class="arrow ${kind}${arrow.focus ? ' focus' : ''}">${line}${head}${drawLabel(arrow, start, end)}</g>`;
}

/** From the side that looks at the other box to the side that looks back; side by side where they overlap. */
function ends(from: Box, to: Box): [Point, Point] {
  const overlap = (a: number, b: number, c: number, d: number): number | undefined => {
    const [low, high] = [Math.max(a, c), Math.min(b, d)];
    return low < high ? (low + high) / 2 : undefined;
  };
  const apart = from.x + from.width < to.x || to.x + to.width < from.x;
  if (apart) {
    const y = overlap(from.y, from.y + from.height, to.y, to.y + to.height);
    const right = to.x > from.x;
    return [
      { x: right ? from.x + from.width : from.x, y: y ?? from.y + from.height / 2 },
      { x: right ? to.x : to.x + to.width, y: y ?? to.y + to.height / 2 },
    ];
  }
  const x = overlap(from.x, from.x + from.width, to.x, to.x + to.width) ?? from.x + from.width / 2;
  const down = to.y > from.y;
  return [
    { x, y: down ? from.y + from.height : from.y },
    { x, y: down ? to.y : to.y + to.height },
  ];
}

function triangleAt(tip: Point, along: Point): string {
  const back = { x: tip.x - along.x * 13, y: tip.y - along.y * 13 };
  const corner = (side: number): string =>
    `${round(back.x - along.y * 6 * side)},${round(back.y + along.x * 6 * side)}`;
  return `<polygon points="${round(tip.x)},${round(tip.y)} ${corner(1)} ${corner(-1)}"/>`;
}

function barAt(tip: Point, along: Point): string {
  const end = (side: number): string =>
    `${side < 0 ? 'x1' : 'x2'}="${round(tip.x - along.x * 4 - along.y * 13 * side)}" ${side < 0 ? 'y1' : 'y2'}="${round(tip.y - along.y * 4 + along.x * 13 * side)}"`;
  return `<line class="bar" ${end(-1)} ${end(1)}/>`;
}

/** Above a level line, beside a steep one; each `\n` begins a new line. */
function drawLabel({ label, flip }: Arrow, start: Point, end: Point): string {
  const lines = label.split('\n');
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
  const steep = Math.abs(end.y - start.y) > Math.abs(end.x - start.x);
  const x = steep ? middle.x + (flip ? -10 : 10) : middle.x;
  const top = steep
    ? middle.y + 5 - ((lines.length - 1) * lineHeight) / 2
    : flip
      ? middle.y + lineHeight + 2
      : middle.y - 9 - (lines.length - 1) * lineHeight;
  const anchor = steep ? (flip ? 'end' : 'start') : 'middle';
  return lines
    .map(
      (line, index) =>
        `<text class="label" text-anchor="${anchor}" x="${round(x)}" y="${round(top + index * lineHeight)}">${escapeHtml(line)}</text>`,
    )
    .join('');
}

const round = (value: number): number => Math.round(value * 10) / 10;
