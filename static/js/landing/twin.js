/** The public page: player and transcript, and nothing about anyone. */

import "../player/main.js";
import { enableCopy } from "./copy.js";
import { followTranscript } from "./transcript.js";

followTranscript(document);
enableCopy(document);
