import numpy as np

from tfformer.layers.masks import causal_mask, padding_mask


def test_padding_mask_marks_real_tokens():
    ids = np.array([[5, 2, 0], [4, 4, 2]], "int32")
    mask = np.array(padding_mask(ids))
    assert mask.dtype == bool and mask.shape == (2, 1, 1, 3)
    np.testing.assert_array_equal(mask[:, 0, 0], ids != 0)


def test_causal_mask_is_lower_triangular():
    mask = np.array(causal_mask(4))
    assert mask.dtype == bool
    np.testing.assert_array_equal(mask[0, 0], np.tril(np.ones((4, 4), bool)))
