/** The committed migrations, seen from `src/db` and from `dist/db` alike. */
export const migrations = new URL('../../drizzle', import.meta.url);
