"""What a request says: values, keys, expressions, their syntax and meaning, legacy parameters, PartiQL."""
