/** An error that is the user's to solve. Shown as three lines and exit code 1, never with a stack. */
export class BuilderError extends Error {
  /**
   * @param {{what: string, where?: string, next?: string, cause?: unknown}} parts
   *   what went wrong, where (file, key or command), and what to do next
   */
  constructor({ what, where, next, cause }) {
    super(what, { cause });
    this.name = 'BuilderError';
    this.what = what;
    this.where = where ?? '';
    this.next = next ?? '';
  }

  /** @returns {string} the block printed on stderr */
  format() {
    const lines = [`error: ${this.what}`];
    if (this.where) lines.push(`  where: ${this.where}`);
    if (this.next) lines.push(`  next: ${this.next}`);
    return lines.join('\n');
  }
}
