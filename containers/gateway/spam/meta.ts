/**
 * meta - the expressions of SpamAssassin's meta rules: `(A && !B) || (C + D > 1)`.
 *
 * A small grammar, so that no text from a file is ever run as code. A rule that matched counts 1, one that did not, or is not known, 0.
 */

const tokenPattern = /&&|\|\||[<>=!]=|[<>!()+*/-]|[A-Za-z_]\w*|\d+(?:\.\d+)?/g;
/** Loosest first. */
const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/'],
];
const deepest = 50;

/** Is it an expression from begin to end? */
export function isMeta(expression: string): boolean {
  if (expression.replace(tokenPattern, '').trim() !== '') return false;
  const reader = createReader(expression, () => 0);
  try {
    reader.value(0, 0);
    return reader.isAtEnd();
  } catch {
    return false;
  }
}

/** Faulty expressions are false; `isMeta` names them before. */
export function evaluateMeta(expression: string, matched: ReadonlySet<string>): boolean {
  try {
    return createReader(expression, (name) => (matched.has(name) ? 1 : 0)).value(0, 0) !== 0;
  } catch {
    return false;
  }
}

function createReader(
  expression: string,
  lookUp: (name: string) => number,
): { value(level: number, depth: number): number; isAtEnd(): boolean } {
  const tokens = expression.match(tokenPattern) ?? [];
  let position = 0;
  const value = (level: number, depth: number): number => {
    const operators = levels[level];
    if (!operators) return single(depth);
    let left = value(level + 1, depth);
    while (operators.includes(tokens[position] ?? '')) {
      const operator = tokens[position++] ?? '';
      left = apply(operator, left, value(level + 1, depth));
    }
    return left;
  };
  const single = (depth: number): number => {
    const token = tokens[position++];
    if (token === undefined || depth > deepest) throw new Error('expression ends early');
    if (token === '!') return single(depth + 1) === 0 ? 1 : 0;
    if (token === '-') return -single(depth + 1);
    if (/^\d/.test(token)) return Number(token);
    if (/^[A-Za-z_]/.test(token)) return lookUp(token);
    if (token !== '(') throw new Error(`"${token}" is out of place`);
    const inner = value(0, depth + 1);
    if (tokens[position++] !== ')') throw new Error('parenthesis not closed');
    return inner;
  };
  return { value, isAtEnd: () => position === tokens.length };
}

function apply(operator: string, left: number, right: number): number {
  const truth = (is: boolean): number => (is ? 1 : 0);
  switch (operator) {
    case '||':
      return truth(left !== 0 || right !== 0);
    case '&&':
      return truth(left !== 0 && right !== 0);
    case '==':
      return truth(left === right);
    case '!=':
      return truth(left !== right);
    case '<':
      return truth(left < right);
    case '>':
      return truth(left > right);
    case '<=':
      return truth(left <= right);
    case '>=':
      return truth(left >= right);
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    default:
      return right === 0 ? 0 : left / right;
  }
}
