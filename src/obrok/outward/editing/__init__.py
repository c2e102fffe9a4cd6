"""What a person does to a case's files: documents taken in, claims judged and made, each edit whole or not at all."""
