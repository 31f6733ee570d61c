import type { Workspace } from './workspace';

/** Imports of the generated functions: a quarter of `mixed` imports an npm package, none of `small` does. */
export type Mix = 'mixed' | 'small';

/** Path of a generated function, relative to its workspace. */
export const functionFile = (mix: Mix, index: number): string => `src/${mix}/function-${index}.ts`;

/** Writes the functions: each has code of its own, and most share a module. */
export function writeFunctions(workspace: Workspace, mix: Mix, count: number): void {
  workspace.write('src/shared/text.ts', SHARED);
  for (let index = 0; index < count; index++) workspace.write(functionFile(mix, index), sourceOf(mix, index));
}

function sourceOf(mix: Mix, index: number): string {
  if (index % 4 === 3) return alone(index);
  return mix === 'mixed' && index % 4 === 0 ? withPackage(index) : withSharedModule(index);
}

const SHARED = `
export interface Item { readonly id: string; readonly title: string; readonly words: readonly string[] }

export function slug(text: string): string {
  return text.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}

export function toItem(id: string, title: string): Item {
  return { id, title, words: title.split(/\\s+/).filter((word) => word.length > 3).map(slug) };
}

export function byWord(items: readonly Item[]): Map<string, Item[]> {
  const found = new Map<string, Item[]>();
  for (const item of items) {
    for (const word of item.words) found.set(word, [...(found.get(word) ?? []), item]);
  }
  return found;
}
`;

const withPackage = (index: number): string => `
import { z } from 'zod';
import { toItem } from '../shared/text';

const request = z.object({ id: z.string(), title: z.string().min(1), tags: z.array(z.string()).default([]) });

export const handler = async (event: unknown) => {
  const { id, title, tags } = request.parse(event);
  return { function: ${index}, item: toItem(id, title), tags: tags.toSorted() };
};
`;

const withSharedModule = (index: number): string => `
import { byWord, toItem } from '../shared/text';

export const handler = async (event: { titles?: string[] }) => {
  const items = (event.titles ?? []).map((title, position) => toItem(\`${index}-\${position}\`, title));
  return { function: ${index}, words: Object.fromEntries([...byWord(items)].map(([word, found]) => [word, found.length])) };
};
`;

const alone = (index: number): string => `
const started = Date.now();

export async function handler(event: { name?: string }): Promise<{ function: number; greeting: string; age: number }> {
  return { function: ${index}, greeting: \`hello \${event.name ?? 'world'}\`, age: Date.now() - started };
}
`;
