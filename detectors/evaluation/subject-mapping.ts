/** The same event with other subjects, whatever its kind. */
import type { ConsoleEvent, Subject } from "../../ingest/vocabulary/event.ts";

export function withSubjects(
  event: ConsoleEvent,
  mapped: (subject: Subject) => Subject,
): ConsoleEvent {
  switch (event.kind) {
    case "access":
    case "ticket":
      return { ...event, subjects: event.subjects.map(mapped) };
    case "subject":
      return { ...event, subject: mapped(event.subject) };
    case "agent":
      return event;
  }
}

export function subjectsOf(event: ConsoleEvent): readonly Subject[] {
  switch (event.kind) {
    case "access":
    case "ticket":
      return event.subjects;
    case "subject":
      return [event.subject];
    case "agent":
      return [];
  }
}
