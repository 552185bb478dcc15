"""What rides inside the user's process: standard library only, imports nothing of the rest.

`start_importlib_bootstrap.py` is run by its path with the interpreter that the user's script wants
(Python 3.8 or newer), where overfitcheck need not be installed. It becomes that script, waits for
Keras to be imported and writes one line an epoch of every fit into the run folder.
"""
