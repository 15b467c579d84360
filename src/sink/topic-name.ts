/** Whether Kafka takes the name (Topic.java: letters, digits, `.`, `_`, `-`, at most 249, not `.` or `..`). */
export function isLegalTopicName(name: string): boolean {
  return /^[A-Za-z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..';
}
