/**
 * The dynamic loader's words name the memory that a library was loaded from. Which one it was, and what to do, is said here.
 * @param {string} path of the add-on or library @param {string} words
 */
export function explainFailure(path, words) {
  const version = /version `((GLIBC|GLIBCXX|CXXABI)_[\d.]+)' not found/.exec(words);
  const missing = /(lib[^\s:/]+\.so[.\d]*): cannot open shared object file/.exec(words);
  if (version?.[2] === 'GLIBC') return `cannot load ${path}: this system's glibc is too old, ${version[1]} is needed: use a base image with a newer one, or a build of the package for an older one`;
  if (version) return `cannot load ${path}: this system's libstdc++ is too old, ${version[1]} is needed: use a base image with a newer one`;
  if (missing) return `cannot load ${path}: this system has no ${missing[1]}: use a base image that has it, or keep the package outside with --external`;
  return `cannot load ${path}: ${words}`;
}
