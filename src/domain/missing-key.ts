/**
 * The encoding of what a process of ours has in the place of a payload whose key it lacks; its data says which one. Nothing of this
 * encoding is ever stored.
 */
export const KEY_MISSING = 'binary/key-missing';
