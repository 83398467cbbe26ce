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
  /** `outside`: not a host of a seat. `person`: who reads. `store`: where it is kept. */
  readonly kind?: 'host' | 'outside' | 'person' | 'store';
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
  /** A slanting arrow leaves at the side of its box and arrives at an edge (top or bottom), or the other way round. */
  readonly leave?: 'side' | 'edge';
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
  const stops = [...boxes.values()].map(drawBox).join('');
  const arrows = picture.arrows.map((arrow) => drawArrow(arrow, boxes)).join('');
  return `<svg class="picture" viewBox="0 0 ${round(width)} ${round(height)}" role="img" aria-label="${escapeHtml(picture.title)}">${stops}${arrows}</svg>`;
}

function placeBoxes({ stops, columnWidth = 312, rowHeight = 150, boxWidth = 214 }: Picture): Map<string, Box> {
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
  const [start, end] = ends(from, to, arrow.leave ?? 'side');
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

/** From the side or edge that looks at the other box to the one that looks back; level or upright where the boxes allow it. */
function ends(from: Box, to: Box, leave: 'side' | 'edge'): [Point, Point] {
  const x = overlap(from.x, from.x + from.width, to.x, to.x + to.width);
  const y = overlap(from.y, from.y + from.height, to.y, to.y + to.height);
  if (x !== undefined) return [edge(from, to, x), edge(to, from, x)];
  if (y !== undefined) return [side(from, to, y), side(to, from, y)];
  return leave === 'side' ? [side(from, to), edge(to, from)] : [edge(from, to), side(to, from)];
}

/** Middle of what two stretches have in common. */
function overlap(a: number, b: number, c: number, d: number): number | undefined {
  const [low, high] = [Math.max(a, c), Math.min(b, d)];
  return low < high ? (low + high) / 2 : undefined;
}

/** On the left or right side of `box`, looking at `other`. */
function side(box: Box, other: Box, y = box.y + box.height / 2): Point {
  return { x: other.x > box.x ? box.x + box.width : box.x, y };
}

/** On the top or bottom edge of `box`, looking at `other`. */
function edge(box: Box, other: Box, x = box.x + box.width / 2): Point {
  return { x, y: other.y > box.y ? box.y + box.height : box.y };
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

/** Above a level line, beside an upright one, in the free corner of a slanting one; each `\n` begins a new line. */
function drawLabel({ label, flip = false }: Arrow, start: Point, end: Point): string {
  const lines = label.split('\n');
  const { x, top, anchor } = placeLabel(start, end, flip, (lines.length - 1) * lineHeight);
  return lines
    .map((line, index) => {
      const y = round(top + index * lineHeight);
      return `<text class="label ${anchor}" x="${round(x)}" y="${y}">${escapeHtml(line)}</text>`;
    })
    .join('');
}

/** @param rest height of the lines below the first @returns where the first line stands */
function placeLabel(start: Point, end: Point, flip: boolean, rest: number): { x: number; top: number; anchor: string } {
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
  const [above, below, beside] = [middle.y - 10 - rest, middle.y + lineHeight + 2, middle.y + 5 - rest / 2];
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  if (Math.abs(dy) < 12) return { x: middle.x - 3, top: flip ? below : above, anchor: 'middle' };
  const at = { x: middle.x + (flip ? -10 : 10), anchor: flip ? 'end' : 'start' };
  if (Math.abs(dx) < 12) return { ...at, top: beside };
  const isRising = dx * dy < 0; // to the right; y grows downwards
  return { ...at, top: isRising === flip ? above + 8 : below - 4 };
}

const round = (value: number): number => Math.round(value * 10) / 10;
