import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as ts from 'typescript';

const LIBRARY = dirname(require.resolve('aws-cdk-lib/package.json'));

/** Files of the interfaces that others extend. An interface that is missing here makes the test fail, until it is looked at. */
const FILES: Readonly<Record<string, string>> = {
  AliasOptions: 'aws-lambda/lib/alias',
  BaseStreamEventSourceProps: 'aws-lambda-event-sources/lib/stream',
  EventInvokeConfigOptions: 'aws-lambda/lib/event-invoke-config',
  LayerVersionOptions: 'aws-lambda/lib/layers',
  StreamEventSourceProps: 'aws-lambda-event-sources/lib/stream',
};

/**
 * Names of the properties of an interface of aws-cdk-lib, with those of the interfaces that it extends, as its declarations have them.
 *
 * @param file declaration file, relative to aws-cdk-lib and without its extension
 */
export function declaredOptions(file: string, name: string): string[] {
  const text = readFileSync(join(LIBRARY, `${file}.d.ts`), 'utf8');
  const parsed = ts.createSourceFile(`${file}.d.ts`, text, ts.ScriptTarget.Latest);
  const found = parsed.statements.find(
    (statement): statement is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  );
  if (!found) throw new Error(`${name} not found in ${file}.d.ts`);
  const parents = (found.heritageClauses ?? []).flatMap(({ types }) => types.map(({ expression }) => expression.getText(parsed)));
  return [
    ...found.members.map((member) => member.name?.getText(parsed) ?? ''),
    ...parents.flatMap((parent) => declaredOptions(FILES[parent] ?? parent, parent)),
  ];
}
