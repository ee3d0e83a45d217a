/** The name of a scan's file without what says how it is stored. */
export const stemOf = (name: string): string => name.replace(/\.(nii|hdr|img)(\.gz)?$/i, "");
