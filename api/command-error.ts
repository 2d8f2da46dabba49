/** How a command says that its user can mend what went wrong. */

/** A command that cannot do what it was asked for a reason that its user can mend. */
export class CommandError extends Error {
  readonly exitCode: 1 | 2;
  constructor(message: string, exitCode: 1 | 2) {
    super(message);
    this.exitCode = exitCode;
  }
}
