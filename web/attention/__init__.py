"""Whether the viewer faces the screen: the question, the answer, what their device tells, and who may use a camera."""
