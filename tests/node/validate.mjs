// Reads a page's HTML on standard input; prints as JSON what is wrong with its structured data.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import Validator from "@adobe/structured-data-validator";
import WebAutoExtractor from "@marbec/web-auto-extractor";

const vocabulary = JSON.parse(
  gunzipSync(readFileSync(new URL("./schemaorg-all-https.jsonld.gz", import.meta.url))).toString("utf8"),
);
const html = readFileSync(0, "utf8");
const extracted = new WebAutoExtractor({ addLocation: true, embedSource: ["rdfa", "microdata"] }).parse(html);
const issues = await new Validator(vocabulary).validate(extracted);
process.stdout.write(JSON.stringify({ types: Object.keys(extracted.jsonld ?? {}), issues }));
