const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Those that a column of type uuid may be asked for. */
export const uuidsAmong = (ids: readonly string[]): string[] => ids.filter((id) => UUID.test(id));
