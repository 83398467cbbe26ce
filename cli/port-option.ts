/**
 * port-option - a port on the command line.
 */
import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError for what is no port */
export function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new InvalidArgumentError('a port is 1 to 65535');
  return port;
}
