/** The little that our servers need of the environment we run in; the rest of it is not theirs to know. */
export function inherited(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP, TMPDIR } = process.env;
  return {
    ...(PATH !== undefined && { PATH }),
    ...(SystemRoot !== undefined && { SystemRoot }),
    ...(TEMP !== undefined && { TEMP }),
    ...(TMPDIR !== undefined && { TMPDIR }),
  };
}
