// The line of a batch's output as OpenAI's API reference has it, over the openai package's own types. Calls of the two
// functions are appended to this file: it compiles if each line is one.
import type { ChatCompletion, ErrorObject } from "openai/resources";

interface BatchOutput<Body, Failure> {
  id: string;
  custom_id: string;
  response: { status_code: number; request_id: string; body: Body };
  error: Failure;
}

// Type parameters, since an object literal itself may have no more members than its type ("action").
function succeeded<Line extends BatchOutput<ChatCompletion, null>>(line: Line) {
  return line;
}
function failed<Line extends BatchOutput<{ error: ErrorObject }, { code: string; message: string }>>(line: Line) {
  return line;
}
