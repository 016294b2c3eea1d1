/** Reads every Apex file of a project as Salesforce's grammar has it; says where one can't be read. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ApexParserFactory, ApexErrorListener } from '@apexdevtools/apex-parser';

class Throws extends ApexErrorListener {
  apexSyntaxError(line, column, message) {
    throw new SyntaxError(`${line}:${column} ${message}`);
  }
}

const files = readdirSync(process.argv[2], { recursive: true }).filter((path) => /\.(cls|apex)$/.test(path));
const broken = files.filter((path) => {
  const parser = ApexParserFactory.createParser(readFileSync(join(process.argv[2], path), 'utf8'), true);
  parser.removeErrorListeners();
  parser.addErrorListener(new Throws());
  try {
    if (path.endsWith('.cls')) parser.compilationUnit();
    else parser.anonymousUnit();
    return false;
  } catch (error) {
    console.error(`${path}:${error.message}`);
    return true;
  }
});
if (!files.length) console.error('no Apex found');
process.exit(files.length && !broken.length ? 0 : 1);
