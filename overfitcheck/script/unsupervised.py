"""Words in names which say that a training is not plain supervised training."""

from __future__ import annotations

import re

WITHOUT_LABELS = frozenset(
    "gan dcgan wgan cgan acgan cyclegan infogan pix2pix discriminator vae cvae autoencoder "
    "ae encoded decoded latent contrastive simclr triplet diffusion ddpm dqn ddqn critic actor "
    "agent policy word2vec skipgram cbow style lsgan srgan esrgan stylegan biggan bigan sgan "
    "stackgan stackedgan stargan discogan dualgan".split()
)
"""Words of models that are fitted, and of what is around them."""

UNSUPERVISED = WITHOUT_LABELS | {"encoder", "decoder"}
"""Words of layers, and of parts of models; a model of such a name may well be fitted to labels."""

RECONSTRUCTING = frozenset("ae autoencoder vae cvae encoder decoder encoded decoded".split())
"""Words of models that give their input back, but are trained like any other."""

AUTOENCODER = re.compile(r"auto[_-]?encoders?", re.IGNORECASE)
"""One word, in however many it is written."""

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_in(*names: str) -> frozenset[str]:
    """The words of some names, in lower case: ``build_DCGan`` holds build, dc and gan.

    Of a path only the file's own name counts.
    """
    tails = (name.replace("\\", "/").rpartition("/")[2] for name in names)
    whole = (AUTOENCODER.sub("_autoencoder_", tail) for tail in tails)
    return frozenset(word.lower() for name in whole for word in WORD.findall(name))
