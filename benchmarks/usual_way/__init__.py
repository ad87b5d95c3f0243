"""The same dashboard as most Django projects would write it: model instances, Django templates."""
