/**
 * Why a test is skipped: this machine lacks something. In CI nothing may be lacking, so there it is an error.
 *
 * @param {string|false} reason
 */
export function missing(reason) {
  if (reason && process.env.CI) throw new Error(reason);
  return reason;
}
